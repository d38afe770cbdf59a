## Alerts of other systems.
