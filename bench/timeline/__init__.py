"""Where the seconds of a Pulumi update go: which resource took how long, and waited for which."""
