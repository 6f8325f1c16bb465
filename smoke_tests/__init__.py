"""Is a running stack right? Asked as a client, from outside, through the ingress."""
