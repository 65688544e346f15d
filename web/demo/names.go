//go:build demo

package demo

import "countersign/internal/organisation"

// Places are put together from a beginning and an ending, so that they sound
// like England and are nowhere in particular. Each region has its own sound.
var beginnings = map[organisation.Region][]string{
	"Y60": {"Quarn", "Wold", "Trent", "Amber", "Charn", "Dovel", "Derren", "Leam"},
	"Y56": {"Hex", "Wands", "Fleet", "Ravens", "Isling", "Brock", "Temple"},
	"Y62": {"Ribble", "Lune", "Hodd", "Weaver", "Mers", "Goyt", "Rossen"},
	"Y63": {"Whar", "Nidd", "Esken", "Cleve", "Skell", "Airen", "Tevis"},
	"Y59": {"Ashur", "Arun", "Mede", "Itchen", "Stour", "Cray"},
	"Y61": {"Fen", "Gip", "Wenning", "Stort", "Blyth"},
	"Y58": {"Tam", "Exmin", "Paret", "Mend", "Quan"},
}

var endings = map[organisation.Region][]string{
	"Y60": {"cote", "hurst", "ingley", "stow", "thorpe", "wardine"},
	"Y56": {"gate", "ham Fields", "lea", "mere Park", "stead", "well Green"},
	"Y62": {"brook", "croft", "erdale", "holme", "shaw", "worth"},
	"Y63": {"aby", "beck", "gill", "keld", "mond", "thwaite"},
	"Y59": {"combe", "dene", "enfold", "ley", "mark", "wood"},
	"Y61": {"bourne", "field", "ingham", "march", "wick"},
	"Y58": {"acombe", "ford", "lake", "moor", "stock"},
}

// Ambulance services cover more than a place.
var wider = map[organisation.Region][]string{
	"Y60": {"Four Shires", "Trent and Severn"}, "Y56": {"Capital Basin"}, "Y62": {"Western Fells"}, "Y63": {"Three Ridings Coast", "Tees and Cheviot"},
	"Y59": {"Downs and Weald", "Chalk Valleys"}, "Y61": {"Eastern Fens"}, "Y58": {"Wessex Moors"},
}

// Forms of a name, by kind. The first belong to teaching hospitals.
var forms = map[organisation.Kind][]string{
	organisation.Acute: {"%s Hospitals NHS Foundation Trust", "%s General Hospitals NHS Trust", "%s Hospital NHS Foundation Trust", "%s District Hospitals NHS Trust",
		"%s Royal Infirmary NHS Foundation Trust", "%s Integrated Care NHS Trust"},
	organisation.AcuteSpecialist: {"%s Orthopaedic Hospital NHS Foundation Trust", "%s Heart and Lung Hospital NHS Foundation Trust", "%s Eye Hospital NHS Trust",
		"%s Women’s Hospital NHS Foundation Trust", "%s Cancer Hospital NHS Foundation Trust"},
	organisation.MentalHealth: {"%s Partnership NHS Foundation Trust", "%s Mental Health NHS Trust", "%s Mental Health and Learning Disability NHS Foundation Trust"},
	organisation.Community:    {"%s Community Health NHS Trust", "%s Community Healthcare NHS Foundation Trust"},
	organisation.Ambulance:    {"%s Ambulance Service NHS Trust"},
}

var teaching = []string{"University Hospitals of %s NHS Foundation Trust", "%s Teaching Hospitals NHS Foundation Trust", "%s University Hospitals NHS Trust"}

// Names of people, from the many places the health service's people come from.
var given = []string{
	"Adaeze", "Aisha", "Alasdair", "Alice", "Amit", "Anneliese", "Anwen", "Arjun", "Beatrix", "Benedict", "Bilal", "Bronagh", "Caitlin", "Cedric", "Chidi", "Clara",
	"Daniyal", "Delphine", "Devika", "Dominic", "Eamon", "Edith", "Efua", "Elspeth", "Emeka", "Esme", "Farah", "Felix", "Fergus", "Fiona", "Gareth", "Gwen", "Hamish",
	"Harriet", "Hassan", "Imogen", "Ines", "Ivor", "Jasmin", "Joyce", "Kamala", "Kwame", "Leonie", "Lorcan", "Lucinda", "Magnus", "Malik", "Marguerite", "Meera",
	"Morwenna", "Nadia", "Nerys", "Oluwaseun", "Oscar", "Padma", "Philippa", "Rafiq", "Rhiannon", "Rosalind", "Rupert", "Sadia", "Seamus", "Shirin", "Silas",
	"Tamsin", "Theodora", "Tobias", "Uma", "Verity", "Wen", "Winifred", "Yasmin", "Zoltan",
}

var family = []string{
	"Abernethy", "Achterberg", "Adebayo", "Ainscough", "Alderton", "Anand", "Ashworth", "Bainbridge", "Balogun", "Banerjee", "Beaumont", "Birkett", "Blackwood",
	"Bostock", "Brathwaite", "Calloway", "Carrick", "Chaudhry", "Cholmondeley", "Clegg", "Coverdale", "Crabtree", "Dalgleish", "Danjuma", "Desai", "Dewhurst",
	"Dunmore", "Eastwick", "Egerton", "Enright", "Eze", "Fairclough", "Fenwick", "Fernando", "Gallagher", "Garside", "Ghosh", "Gilchrist", "Greenhalgh", "Haworth",
	"Hebden", "Hussain", "Iqbal", "Islip", "Jolliffe", "Kapoor", "Kearney", "Kirkbride", "Lal", "Lathom", "Llewellyn", "Lomax", "Maddox", "Mbeki", "McAllister",
	"Mukherjee", "Musgrave", "Nakamura", "Nwosu", "Oakeshott", "Oduya", "Ormerod", "Pargeter", "Patel", "Pickersgill", "Quayle", "Rahman", "Ramsbottom", "Ridley",
	"Sandhu", "Satterthwaite", "Sedgwick", "Shackleton", "Sinclair", "Sowerby", "Tattersall", "Tennant", "Thackray", "Uddin", "Unsworth", "Varley", "Venkatesh",
	"Wetherby", "Whittle", "Winstanley", "Yeung", "Zaman",
}
