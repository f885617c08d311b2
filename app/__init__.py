"""leadrun: a self-hosted contact-enrichment service."""
