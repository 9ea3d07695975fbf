"""Every kind of loss that was seen, or that we could invent: done to a built database, it must be named."""
