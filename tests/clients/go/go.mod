module leadrun.example/scenarios

go 1.23

require leadrun.example/leadrun v0.1.0

replace leadrun.example/leadrun => ../../../clients/go
