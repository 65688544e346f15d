package access

import "slices"

// Verb is something a person may be allowed to do.
type Verb string

// The verbs. Every route names one, every service method checks one.
const (
	ReadPublic   Verb = "read a public page"
	ReadOwnHome  Verb = "read own home"
	SeeSignIn    Verb = "see the sign-in page"
	CheckReceipt Verb = "check a signature"

	ReadOrganisation    Verb = "read an organisation"
	ImportOrganisations Verb = "import organisations"
	AppointPeople       Verb = "record an appointment"
	ReadActing          Verb = "read who acts as chief executive"
	AskActing           Verb = "ask for an acting chief executive"
	ConfirmActing       Verb = "confirm an acting chief executive"
	ReadSession         Verb = "read a session" // the portal itself, before anyone is known
	KeepSession         Verb = "keep a session"

	DraftAlert       Verb = "draft an alert"
	ApproveAlert     Verb = "approve and issue an alert"
	ReadAlertDrafts  Verb = "read alert drafts"
	ReadAlert        Verb = "read an issued alert"
	ReadResponses    Verb = "read an organisation's responses"
	AnswerAlert      Verb = "answer an alert"
	ReadAllResponses Verb = "read responses of every organisation"
	ReadRisk         Verb = "read what waits for a decision about a risk"
	AskRisk          Verb = "ask for a decision about a risk"
	DecideRisk       Verb = "accept or refuse a risk"
	ReadPublicAlerts Verb = "read alerts meant for everybody"
	ImportAlerts     Verb = "import alerts as drafts"
	ImportResponses  Verb = "import past alerts and answers"
	ChaseAlert       Verb = "chase organisations about an alert"

	ReadAssessment   Verb = "read an assessment"
	RecordAssessment Verb = "record an assessment"
	ImportFramework  Verb = "import a framework"

	ReadEvidence   Verb = "read evidence"
	UploadEvidence Verb = "upload evidence"
	ScanEvidence   Verb = "record a scan verdict"

	ReconcileEvidence Verb = "compare evidence with its bytes"

	ReadStatement     Verb = "read a statement"
	ReadSigned        Verb = "read a signed statement"
	PrepareStatement  Verb = "prepare a statement"
	LockStatement     Verb = "check and lock a statement"
	CoSignStatement   Verb = "sign a statement beside the chief executive"
	SignStatement     Verb = "sign or decline a statement"
	IssueStatements   Verb = "ask organisations for a statement"
	ReadAllOutcomes   Verb = "read how every statement ended"
	ReplaceStatement  Verb = "prepare a statement in place of a signed one"
	AskReplacement    Verb = "ask an organisation to replace a signed statement"
	WithdrawStatement Verb = "withdraw a signed statement"
	ReadTemplates     Verb = "read the wordings of statements"
	WriteTemplates    Verb = "write the wording of a statement"
	ReadCampaigns     Verb = "read how campaigns stand"
	MoveDeadline      Verb = "move the deadline of a statement"

	ReadLog Verb = "read the public log"
	KeepLog Verb = "keep the public log"

	AuditRecord Verb = "compare the whole record with the log"

	ReadRetention Verb = "list what has been kept long enough"

	ReadCommitments Verb = "read what was promised in statements"
	KeepCommitments Verb = "say what became of a commitment"

	ReadBoardPaper Verb = "read a board paper"

	Compare Verb = "compare organisations"

	RunJobs        Verb = "take up work that waits"
	TellPeople     Verb = "tell people what they must know"
	ReadContacts   Verb = "read how well organisations can be reached"
	TestContacts   Verb = "send a test message to an organisation"
	KeepContacts   Verb = "keep an organisation's extra alert contacts"
	ManageWebhooks Verb = "manage webhooks"
)

// trustPeople may read what their trust holds.
var trustPeople = []Office{ChiefExecutive, SIRO, CaldicottGuardian, BoardCyberLead, BoardMember, CompanySecretary, CyberLead, EvidenceContributor, ExecutiveAssistant}

// overseers read across trusts. What a trust has not yet submitted is not
// theirs: evidence and statements in preparation have rules of their own.
var overseers = []Office{Regulator, RegulatorViewer, Auditor}

// statementReaders read the statements of their own trust, from the first draft.
var statementReaders = []Office{ChiefExecutive, SIRO, CaldicottGuardian, BoardCyberLead, BoardMember, CompanySecretary, CyberLead, ExecutiveAssistant}

// rules is the whole of it: a verb that is not here is allowed to nobody.
var rules = map[Verb][]Office{
	ReadPublic:   {Anyone},
	SeeSignIn:    {Anyone},
	CheckReceipt: {Anyone},
	ReadOwnHome:  {SignedIn},

	ReadSession: {Anyone}, // looked up before anybody is known
	KeepSession: {Anyone}, // made at sign-in, ended at sign-out

	ReadOrganisation:    join(trustPeople, overseers, []Office{AlertPublisher, Administrator}),
	ImportOrganisations: {Administrator, Portal},
	AppointPeople:       {Portal}, // by a command on the server; a page would ask for two people, and there is none yet

	ReadActing:    trustPeople,
	AskActing:     {CompanySecretary, ChiefExecutive}, // never who only acts: identity.ActingDraft refuses that
	ConfirmActing: {Regulator},                        // never who asked, is named or belongs there

	DraftAlert:       {AlertPublisher},
	ApproveAlert:     {AlertPublisher}, // never the author: alert.Draft refuses that
	ReadAlertDrafts:  {AlertPublisher},
	ReadAlert:        join(trustPeople, overseers, []Office{AlertPublisher, HotlineOperator}),
	ReadResponses:    join(trustPeople, overseers, []Office{AlertPublisher}),
	AnswerAlert:      {CyberLead, SIRO, ChiefExecutive},
	ReadAllResponses: join(overseers, []Office{AlertPublisher}),
	ReadRisk:         trustPeople, // overseers read what was decided
	AskRisk:          {CyberLead, SIRO},
	DecideRisk:       {SIRO, ChiefExecutive}, // each in turn: the request says whose it is
	ReadPublicAlerts: {Anyone},
	ImportAlerts:     {AlertPublisher, Portal}, // never more than drafts: sending one takes two people as ever
	ImportResponses:  {Portal},                 // what trusts said before this portal, by a command on the server
	ChaseAlert:       {AlertPublisher},         // with it come people's telephone numbers

	ReadAssessment:   trustPeople, // overseers read what is published, which nothing is yet
	RecordAssessment: {CyberLead, SIRO},
	ImportFramework:  {Administrator, Portal},

	ReadEvidence:   {ChiefExecutive, SIRO, CaldicottGuardian, BoardCyberLead, CompanySecretary, CyberLead, EvidenceContributor, ExecutiveAssistant},
	UploadEvidence: {CyberLead, EvidenceContributor, SIRO},
	ScanEvidence:   {Portal},

	ReconcileEvidence: {Administrator, Portal},

	ReadStatement:     statementReaders,
	ReadSigned:        slices.Concat(statementReaders, overseers), // what is not signed is the organisation's own
	PrepareStatement:  {CyberLead, SIRO, ExecutiveAssistant, CompanySecretary},
	LockStatement:     {SIRO},
	CoSignStatement:   {SIRO},
	SignStatement:     {ChiefExecutive}, // never a deputy: the name is the point
	ReplaceStatement:  {ChiefExecutive, CyberLead, SIRO, ExecutiveAssistant, CompanySecretary},
	AskReplacement:    {Regulator},
	WithdrawStatement: {ChiefExecutive}, // as signing is: the name is the point
	IssueStatements:   {Regulator, Portal},
	ReadAllOutcomes:   overseers,
	ReadTemplates:     overseers,
	WriteTemplates:    {Regulator, Portal}, // an import makes a draft; whoever wrote it does not publish it: attestation.Draft refuses that
	ReadCampaigns:     overseers,
	MoveDeadline:      {Regulator}, // one proposes, another confirms: attestation.Extension refuses one alone

	ReadLog: {Anyone}, // leaves reveal nothing
	KeepLog: {Portal},

	ReadRetention: {Portal}, // by a command on the server

	AuditRecord: {Portal}, // by a command on the server, and the portal by itself

	ReadCommitments: join([]Office{ChiefExecutive, SIRO, CaldicottGuardian, BoardCyberLead, BoardMember, CompanySecretary, CyberLead, ExecutiveAssistant}, overseers), // they are part of what was signed
	KeepCommitments: {ChiefExecutive, SIRO, CyberLead, CompanySecretary},

	ReadBoardPaper: join([]Office{ChiefExecutive, SIRO, CaldicottGuardian, BoardCyberLead, BoardMember, CompanySecretary, CyberLead, ExecutiveAssistant}, overseers), // who reads statements; overseers read one without what was not submitted

	Compare: join(trustPeople, overseers),

	RunJobs:        {Portal},
	TellPeople:     {Portal}, // whatever a job's row says: it reads and sends in the organisation it was made for
	ReadContacts:   {AlertPublisher, Regulator, Administrator},
	TestContacts:   {AlertPublisher, Administrator},
	KeepContacts:   {CompanySecretary, CyberLead},
	ManageWebhooks: {AlertPublisher, Administrator},
}

func join(lists ...[]Office) []Office {
	var all []Office
	for _, list := range lists {
		all = append(all, list...)
	}
	return all
}

// Verbs lists every verb that somebody is allowed, for tests and the route
// list.
func Verbs() []Verb {
	var verbs []Verb
	for verb := range rules {
		verbs = append(verbs, verb)
	}
	return verbs
}

// PortalActor is one of the portal's own actors, by the work it does: jobs and
// commands act under a name with the one office rules give them.
func PortalActor(work string) Actor {
	return Actor{ID: "portal:" + work, Name: "Portal: " + work, Appointments: []Appointment{{Office: Portal, Organisation: "NATIONAL"}}}
}
