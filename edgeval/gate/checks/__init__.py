"""The statistics behind the verdict, one kind of question a file; they turn judged samples into findings."""
