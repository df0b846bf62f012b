package config

// Capabilities are what this server can do that the original can't, and that whoever runs it asks for by LONGHOUSE_* variables, or at its admin
// listener.
var Capabilities = []string{
	"broker",   // it makes no connection and no socket itself where LONGHOUSE_BROKER_LISTEN says who does
	"console",  // its system console sets the IP filter at whoever hosts it, where LONGHOUSE_CONTROL_ADDRESS says where to ask
	"internet", // it calls programs out there, and asks for connections to them
	"rest",     // its admin listener says when it has to run again, and so may be stopped until then
}
