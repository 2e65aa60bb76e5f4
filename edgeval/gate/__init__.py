"""Is a change a regression? The policy, the checks, the baseline, the verdict."""
