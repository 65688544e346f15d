package handler

import (
	"testing"

	"countersign/internal/notification"
)

func TestEveryMessageAndEveryWorkHasItsWords(t *testing.T) {
	purposes := []notification.Purpose{notification.Changed, notification.Issued, notification.Reminder, notification.Overdue, notification.Lapsed,
		notification.Expiry, notification.Decision, notification.ChaseLetter, notification.Test, notification.Digest}
	for _, purpose := range purposes {
		if purposeWords[purpose] == "" {
			t.Errorf("a message that is %q has no words", purpose)
		}
	}
	if len(purposes) != len(purposeWords) {
		t.Errorf("%d purposes are known, %d have words", len(purposes), len(purposeWords))
	}
	for _, kind := range []notification.Kind{notification.TellOfAlert, notification.TellOfRisk, notification.CallWebhook} {
		if kindWords[kind] == "" {
			t.Errorf("work to %q has no words", kind)
		}
	}
}
