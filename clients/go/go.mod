module leadrun.example/leadrun

go 1.23
