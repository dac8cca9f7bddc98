"""Every sentence that a report shows, built from results."""
