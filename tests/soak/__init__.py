"""Services as processes of their own under the story's load, while things break at random; at the end the books must balance."""
