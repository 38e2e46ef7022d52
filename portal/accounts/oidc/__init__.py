"""Sign-in with an OpenID Connect provider, up to the verified answer; no Flask, no tables."""
