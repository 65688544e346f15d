package component

import (
	"context"
	"io"
)

// Render writes the component.
func (c Icon) Render(ctx context.Context, w io.Writer) error { return icon(c).Render(ctx, w) }

// Render writes the component.
func (c BackLink) Render(ctx context.Context, w io.Writer) error { return backLink(c).Render(ctx, w) }

// Render writes the component.
func (c Breadcrumb) Render(ctx context.Context, w io.Writer) error {
	return breadcrumb(c).Render(ctx, w)
}

// Render writes the component.
func (c Button) Render(ctx context.Context, w io.Writer) error { return button(c).Render(ctx, w) }

// Render writes the component.
func (c ButtonGroup) Render(ctx context.Context, w io.Writer) error {
	return buttonGroup(c).Render(ctx, w)
}

// Render writes the component.
func (c Card) Render(ctx context.Context, w io.Writer) error { return card(c).Render(ctx, w) }

// Render writes the component.
func (c CharacterCount) Render(ctx context.Context, w io.Writer) error {
	return characterCount(c).Render(ctx, w)
}

// Render writes the component.
func (c Checkboxes) Render(ctx context.Context, w io.Writer) error {
	return checkboxes(c).Render(ctx, w)
}

// Render writes the component.
func (c DateInput) Render(ctx context.Context, w io.Writer) error { return dateInput(c).Render(ctx, w) }

// Render writes the component.
func (c Details) Render(ctx context.Context, w io.Writer) error { return details(c).Render(ctx, w) }

// Render writes the component.
func (c ErrorMessage) Render(ctx context.Context, w io.Writer) error {
	return errorMessage(c).Render(ctx, w)
}

// Render writes the component.
func (c ErrorSummary) Render(ctx context.Context, w io.Writer) error {
	return errorSummary(c).Render(ctx, w)
}

// Render writes the component.
func (c Fieldset) Render(ctx context.Context, w io.Writer) error { return fieldset(c).Render(ctx, w) }

// Render writes the component.
func (c FileUpload) Render(ctx context.Context, w io.Writer) error {
	return fileUpload(c).Render(ctx, w)
}

// Render writes the component.
func (c Hint) Render(ctx context.Context, w io.Writer) error { return hint(c).Render(ctx, w) }

// Render writes the component.
func (c InsetText) Render(ctx context.Context, w io.Writer) error { return insetText(c).Render(ctx, w) }

// Render writes the component.
func (c Label) Render(ctx context.Context, w io.Writer) error { return label(c).Render(ctx, w) }

// Render writes the component.
func (c Legend) Render(ctx context.Context, w io.Writer) error { return legend(c).Render(ctx, w) }

// Render writes the component.
func (c NotificationBanner) Render(ctx context.Context, w io.Writer) error {
	return notificationBanner(c).Render(ctx, w)
}

// Render writes the component.
func (c Pagination) Render(ctx context.Context, w io.Writer) error {
	return pagination(c).Render(ctx, w)
}

// Render writes the component.
func (c Panel) Render(ctx context.Context, w io.Writer) error { return panel(c).Render(ctx, w) }

// Render writes the component.
func (c Radios) Render(ctx context.Context, w io.Writer) error { return radios(c).Render(ctx, w) }

// Render writes the component.
func (c Scroll) Render(ctx context.Context, w io.Writer) error { return scroll(c).Render(ctx, w) }

// Render writes the component.
func (c Select) Render(ctx context.Context, w io.Writer) error { return selectBox(c).Render(ctx, w) }

// Render writes the component.
func (c SkipLink) Render(ctx context.Context, w io.Writer) error { return skipLink(c).Render(ctx, w) }

// Render writes the component.
func (c SummaryList) Render(ctx context.Context, w io.Writer) error {
	return summaryList(c).Render(ctx, w)
}

// Render writes the component.
func (c Table) Render(ctx context.Context, w io.Writer) error { return table(c).Render(ctx, w) }

// Render writes the component.
func (c Tag) Render(ctx context.Context, w io.Writer) error { return tag(c).Render(ctx, w) }

// Render writes the component.
func (c TaskList) Render(ctx context.Context, w io.Writer) error { return taskList(c).Render(ctx, w) }

// Render writes the component.
func (c Textarea) Render(ctx context.Context, w io.Writer) error { return textarea(c).Render(ctx, w) }

// Render writes the component.
func (c TextInput) Render(ctx context.Context, w io.Writer) error { return textInput(c).Render(ctx, w) }

// Render writes the component.
func (c WarningCallout) Render(ctx context.Context, w io.Writer) error {
	return warningCallout(c).Render(ctx, w)
}
