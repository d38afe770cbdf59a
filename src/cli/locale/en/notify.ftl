## How people are made to notice alerts.
run-alert-waits = AN ALERT WAITS: `ceiba alert list`
notify-none = none
notify-on = on
notify-terminal = Terminal
notify-desktop = Desktop
notify-webhook = Address called
notify-mail = Mail
notify-content = Content
notify-content-nothing = that an alert waits, and nothing more
notify-content-summary = that an alert waits, its level, whether it is an exercise, and its step
notify-went = { $sink }, { $at }: told
notify-failed = { $sink }, { $at }: FAILED: { $why }
notify-address-in-history = Others can see an address that stands in a command: give one that has a secret with --url-file.
