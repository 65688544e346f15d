package access

// Office is a post a person holds at an organisation for a time. No identity
// provider knows who holds one: the register of appointments does.
type Office string

// Trust offices, held at one organisation.
const (
	ChiefExecutive      Office = "chief_executive"
	SIRO                Office = "siro" // senior information risk owner
	CaldicottGuardian   Office = "caldicott_guardian"
	BoardCyberLead      Office = "board_cyber_lead"
	BoardMember         Office = "board_member"
	CompanySecretary    Office = "company_secretary"
	CyberLead           Office = "cyber_lead"
	EvidenceContributor Office = "evidence_contributor"
	ExecutiveAssistant  Office = "executive_assistant"
)

// National offices, held at organisation.National.
const (
	AlertPublisher  Office = "alert_publisher"
	Regulator       Office = "regulator"
	RegulatorViewer Office = "regulator_viewer"
	Assessor        Office = "assessor" // bound to engagements
	HotlineOperator Office = "hotline_operator"
	PracticeEditor  Office = "practice_editor"
	FundingManager  Office = "funding_manager"
	Administrator   Office = "administrator"
	Auditor         Office = "auditor"
)

// Not offices: two ways to say that a verb needs none. They appear in rules
// and are never held.
const (
	Anyone   Office = "anyone"    // signed in or not
	SignedIn Office = "signed_in" // any person we know, with or without an office
)

// Portal is the office of the portal's own named actors, such as the one that
// opens deadlines. A person never holds it.
const Portal Office = "portal"

// TrustOffices lists the offices of a trust in the order pages show them.
var TrustOffices = []Office{ChiefExecutive, SIRO, CaldicottGuardian, BoardCyberLead, BoardMember, CompanySecretary, CyberLead, EvidenceContributor, ExecutiveAssistant}

// NationalOffices lists the offices of the national team.
var NationalOffices = []Office{AlertPublisher, Regulator, RegulatorViewer, Assessor, HotlineOperator, PracticeEditor, FundingManager, Administrator, Auditor}

var words = map[Office]string{
	ChiefExecutive: "Chief executive", SIRO: "Senior information risk owner", CaldicottGuardian: "Caldicott Guardian",
	BoardCyberLead: "Board cyber lead", BoardMember: "Board member", CompanySecretary: "Company secretary",
	CyberLead: "Cyber lead", EvidenceContributor: "Evidence contributor", ExecutiveAssistant: "Executive assistant",
	AlertPublisher: "Alert publisher", Regulator: "Regulator", RegulatorViewer: "Regulator (reading only)",
	Assessor: "Assessor", HotlineOperator: "Hotline operator", PracticeEditor: "Practice editor",
	FundingManager: "Funding manager", Administrator: "Administrator", Auditor: "Auditor", Portal: "The portal",
}

// Word is the office as a page says it.
func (o Office) Word() string { return words[o] }

// Known tells whether a person can hold the office.
func (o Office) Known() bool { return words[o] != "" && o != Portal }

// Sole tells whether a trust has one holder of the office at a time, beside
// whom somebody can only be acting, and whom two people appoint.
func (o Office) Sole() bool { return o == ChiefExecutive }

// National tells whether the office belongs to the national team.
func (o Office) National() bool {
	for _, office := range NationalOffices {
		if o == office {
			return true
		}
	}
	return false
}
