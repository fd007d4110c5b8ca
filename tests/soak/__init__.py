"""The house in pieces under the story's load, while things break at random; at the end the books must balance."""
