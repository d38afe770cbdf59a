## Headings of help; what clap says itself is in its code.
usage-usage = Usage:
usage-tip = tip:
usage-example = Example:
usage-examples = Examples:
