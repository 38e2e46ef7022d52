"""The media process: one UDP port, signalling over WebSockets, RTP forwarded and never decoded."""
