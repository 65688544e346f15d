package handler

import (
	"context"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"countersign/internal/access"
	"countersign/internal/notification"
	"countersign/views/contactview"
	"countersign/web/session"
)

// Webhooks answers the addresses where the national team says which other
// systems are told of alerts.
type Webhooks struct {
	Site
	Told interface {
		Webhooks(ctx context.Context, who access.Actor) ([]notification.Webhook, error)
		AddWebhook(ctx context.Context, who access.Actor, address string) (notification.Webhook, error)
		EndWebhook(ctx context.Context, who access.Actor, id string) error
	}
}

const webhooksPath = healthPath + "/systems"

// Routes of webhooks.
func (h Webhooks) Routes() []Route {
	return []Route{
		{Method: http.MethodGet, Path: webhooksPath, Verb: access.ManageWebhooks, Handle: h.list},
		{Method: http.MethodPost, Path: webhooksPath, Verb: access.ManageWebhooks, Handle: h.add, Fields: "url"},
		{Method: http.MethodPost, Path: webhooksPath + "/:id/end", Verb: access.ManageWebhooks, Handle: h.end},
	}
}

func (h Webhooks) list(c echo.Context) error {
	return h.listPage(c, http.StatusOK, "", nil)
}

func (h Webhooks) listPage(c echo.Context, code int, typed string, failure error) error {
	list, err := h.Told.Webhooks(c.Request().Context(), session.Who(c))
	if err != nil {
		return err
	}
	page := contactview.Webhooks{Page: h.page(c, "Systems that are told of alerts"), Action: webhooksPath, Address: typed}
	for _, w := range list {
		hook := contactview.Hook{Address: w.URL, Host: w.URL, Made: moment(w.MadeAt) + " by " + w.MadeBy, End: webhooksPath + "/" + queryEscape(w.ID) + "/end"}
		if u, err := url.Parse(w.URL); err == nil {
			hook.Host = u.Host
		}
		page.Hooks = append(page.Hooks, hook)
	}
	page.Back = backLink(healthPath, "Contacts")
	page.Problems, page.Wrong = problems(failure), wrong(failure)
	if c.QueryParam("done") == "ended" {
		page.Saved = "That system is not told of alerts any more."
	}
	return render(c, code, contactview.WebhooksPage(page))
}

// add answers with the secret on the page itself: it is shown once, so there
// is no address to go on to.
func (h Webhooks) add(c echo.Context) error {
	typed := c.Request().PostFormValue("url")
	made, err := h.Told.AddWebhook(c.Request().Context(), session.Who(c), typed)
	if mendable(err) {
		return h.listPage(c, status(err), typed, err)
	} else if err != nil {
		return err
	}
	return render(c, http.StatusOK, contactview.SecretPage(contactview.Secret{Page: h.page(c, "Copy the secret now"), Address: made.URL, Secret: made.Secret, Back: webhooksPath}))
}

func (h Webhooks) end(c echo.Context) error {
	if err := h.Told.EndWebhook(c.Request().Context(), session.Who(c), c.Param("id")); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, webhooksPath+"?done=ended")
}
