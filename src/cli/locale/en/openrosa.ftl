## The door for phones.
run-openrosa = phones send to { $address }
openrosa-user = Name
openrosa-password = Password
openrosa-settings = Settings for ODK Collect
openrosa-shown-once = Write the password into the phone now: it is not shown again.
openrosa-no-users = No phone may send yet; add one with `ceiba openrosa user add NAME`
openrosa-since = Since
openrosa-revoked = Revoked
openrosa-form = Form
openrosa-title = Title
openrosa-nothing-came = Phones have sent nothing yet
openrosa-came = Came
openrosa-files = Files
openrosa-became = Became
openrosa-superseded = edited since
openrosa-encrypted = kept sealed: encrypted for a key that is not ours
openrosa-unread = kept sealed: { $reason }
