"""What turns a request into that of its integration, and a reply into that of its method."""
