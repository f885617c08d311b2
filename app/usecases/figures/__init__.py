"""Read figures for pages, and add them up ahead."""
