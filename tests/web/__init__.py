"""The app: its pages by HTTP, and in a real browser."""
