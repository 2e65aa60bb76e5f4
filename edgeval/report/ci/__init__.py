"""What a CI reads: JUnit, annotations, the comment on a pull request."""
