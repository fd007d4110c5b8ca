"""How a service is asked over HTTP and answers: who asks, what arrives, what is answered, and calls to the outside."""
