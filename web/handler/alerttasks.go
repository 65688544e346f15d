package handler

import (
	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/views/component"
)

var (
	notStarted  = component.Tag{Text: "Not yet started", Colour: "blue"}
	started     = component.Tag{Text: "In progress", Colour: "white"}
	completed   = component.Tag{Text: "Completed", Plain: true, NoBorder: true, Light: true}
	cannotStart = component.Tag{Text: "Cannot start yet", Plain: true, NoBorder: true, Quiet: true}
	notNeeded   = component.Tag{Text: "Not needed", Plain: true, NoBorder: true, Quiet: true}
)

// tasks lists every part of the answer with how far it is. A task has an
// address only where this person can do it now.
func (s alertScene) tasks() []component.Task {
	r, path := s.response, alertPath(s.org.Code, s.alert.ID)
	answers := access.May(s.who, access.AnswerAlert, s.org.Code) && !r.Closed() && r.StoppedAt.IsZero()
	link := func(may bool, href string) string {
		if may {
			return href
		}
		return ""
	}
	applies := r.Applicability == alert.AppliesToAll || r.Applicability == alert.AppliesToSome

	acknowledge := component.Task{Title: "Acknowledge", Href: link(answers && r.Acknowledged == nil, "#acknowledge"), Tag: &notStarted}
	if r.Acknowledged != nil {
		acknowledge.Tag, acknowledge.Hint = &completed, r.Acknowledged.By+", "+moment(r.Acknowledged.At)
	}
	say := component.Task{Title: "Say if it applies", Href: link(answers && r.Acknowledged != nil, path+"/applicability"), Tag: &notStarted, Hint: applicabilityWords[r.Applicability]}
	switch {
	case r.Acknowledged == nil:
		say.Tag = &cannotStart
	case r.Applicability == alert.StillChecking:
		say.Tag = &started
	case r.Applicability != alert.NotSaid:
		say.Tag = &completed
	}
	if r.Owes() {
		say.Tag, say.Hint = &started, "The alert changed. Say again if it applies"
	}
	did := component.Task{Title: "Say what you did", Href: link(answers && applies, path+"/action"), Tag: &notStarted, Hint: s.did()}
	switch {
	case r.Applicability == alert.DoesNotApply:
		did.Tag = &notNeeded
	case !applies:
		did.Tag = &cannotStart
	case r.Finished():
		did.Tag = &completed
	case r.Outcome != alert.NothingYet:
		did.Tag = &started
	}
	tasks := []component.Task{acknowledge, say, did}
	if decide, needed := s.riskTask(); needed {
		tasks = append(tasks, decide)
	}
	tasks = append(tasks, s.proofTask(), s.endTask(link(answers && r.Acknowledged != nil, path+"/closing")))
	if !r.StoppedAt.IsZero() {
		return doneOf(tasks)
	}
	return tasks
}

// doneOf leaves of the tasks of a withdrawn alert what was done. Nothing is
// asked any more, so none of them leads anywhere.
func doneOf(tasks []component.Task) []component.Task {
	for i := range tasks {
		if tasks[i].Href = ""; tasks[i].Tag != &completed {
			tasks[i] = component.Task{Title: tasks[i].Title, Tag: &notNeeded}
		}
	}
	return tasks
}

// endTask is the last: it can be opened before it can be done, and then says
// what is missing.
func (s alertScene) endTask(href string) component.Task {
	task := component.Task{Title: "Check and close", Href: href, Tag: &cannotStart, Hint: "When it is fixed everywhere, made safe or does not apply, and evidence shows it"}
	switch {
	case s.response.Closed():
		task.Tag, task.Hint, task.Href = &completed, "Closed "+dayWord(s.response.ClosedAt), ""
	case len(s.missing()) == 0:
		task.Tag, task.Hint = &notStarted, ""
	default:
		task.Href = ""
	}
	return task
}

// proofTask leads to the upload. Evidence can be added to a closed answer:
// proof often comes after the fix.
func (s alertScene) proofTask() component.Task {
	task := component.Task{Title: "Add evidence", Tag: &notStarted, Hint: "A scan, a change record or a supplier’s letter. Needed before you close."}
	if access.May(s.who, access.UploadEvidence, s.org.Code) {
		task.Href = organisationPath(s.org.Code) + "/evidence/new?for=" + queryEscape("alert/"+string(s.alert.ID))
	}
	if n := len(s.proofs); n > 0 {
		task.Tag, task.Hint = &completed, plural(n, "file")
	}
	return task
}

var applicabilityWords = map[alert.Applicability]string{
	alert.AppliesToAll: "It applies to all systems of this kind", alert.AppliesToSome: "It applies to some systems",
	alert.DoesNotApply: "It does not apply", alert.StillChecking: "Still checking",
}

func (s alertScene) did() string {
	r := s.response
	switch r.Outcome {
	case alert.Fixed:
		return "Fixed everywhere"
	case alert.FixedInPart:
		return "Fixed on " + number(int(r.FixedCount)) + " of " + number(int(r.AssetCount)) + ", the rest by " + longDay(r.PlanOn)
	case alert.Covered:
		return "Made safe, still to be fixed: " + r.Cover
	case alert.WaitingSupplier:
		return "Waits for a supplier: " + r.Reason
	case alert.WaitingNational:
		return "Waits for a national fix: " + r.Reason
	case alert.CannotFix:
		return "Cannot fix it yet: " + r.Reason
	}
	return ""
}
