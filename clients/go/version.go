package leadrun

// Version is the version of the client.
const Version = "0.1.0"
