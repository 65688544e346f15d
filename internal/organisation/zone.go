package organisation

import _ "time/tzdata" // deadlines must read the same on a machine without zone files
