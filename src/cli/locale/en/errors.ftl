## Errors of the command line itself; their hints are attributes.
error-is = error: { $message }
error-is-of-kind = error ({ $kind }): { $message }
error-hint = hint: { $hint }

# Kinds of errors, said before what a node says in English
error-kind-usage = not understood
error-kind-not-found = not found
error-kind-refused = refused
error-kind-network = network
error-kind-storage = disk or file
error-kind-locked = locked
error-kind-busy = in use
error-kind-internal = defect of ceiba

# Files
error-cannot-write-result = cannot write the result: { $reason }
error-cannot-read = cannot read { $file }: { $reason }
error-cannot-read-passphrase = cannot read the passphrase from { $file }: { $reason }
error-cannot-write = cannot write { $file }: { $reason }
error-file-exists = cannot write { $file }: { $reason }
    .hint-1 = name a file that does not exist yet
error-cannot-make-folder = cannot make { $file }: { $reason }
error-not-utf8 = { $file } is not text in UTF-8
error-file-too-large = { $file } has more than { $limit } MiB
    .hint-1 = split it into smaller files
error-wrote = wrote { $file }
error-man-pages-in = man pages are in { $file }

# The home and its passphrase
error-no-data-folder = no folder for data is known: { $reason }
    .hint-1 = name the node's folder with --home DIR or CEIBA_HOME
error-no-node = there is no node in { $home }
    .hint-1 = create one with `ceiba init --org NAME`
    .hint-2 = or name its folder with --home DIR or CEIBA_HOME
error-no-node-runs = no node runs in { $home }
error-still-stopping = the node in { $home } was told to stop and has not after a minute: look at what `ceiba run` prints
prompt-passphrase = Passphrase:
prompt-new-passphrase = New passphrase:
prompt-same-again = The same again:
error-passphrases-differ = the two passphrases are not the same
error-passphrase-short = the passphrase has less than { $least } characters
    .hint-1 = five or six unrelated words are a good passphrase
error-no-descriptors = --passphrase-fd is not supported yet on this system
    .hint-1 = use --passphrase-file
error-no-passphrase-in-file = { $file } holds no passphrase
    .hint-1 = write it there on one line, in UTF-8
error-cannot-ask-passphrase = cannot ask for the passphrase: { $reason }
    .hint-1 = give it with --passphrase-file FILE or --passphrase-fd N
    .hint-2 = or start the node with `ceiba run`; then commands need no passphrase
error-nobody-to-ask = cannot ask for the passphrase: nobody is there to ask
    .hint-1 = give it with --passphrase-file FILE or --passphrase-fd N
    .hint-2 = or start the node with `ceiba run`; then commands need no passphrase

# Fields and records
error-needs-path-and-value = { $option } needs a field's path, =, and a value
    .hint-1 = for example { $option } place/admin2=Popayán
error-given-twice = { $path } is given twice
    .hint-1 = a field has one value
error-no-json-object = --fields: no JSON object at line { $line }, column { $column }
    .hint-1 = write one JSON object: {"{"}"country": "CO", "victims/1/pseudonym": "V-014"{"}"}
error-json-not-scalar = --fields: { $path } is not a text, a number, true or false
    .hint-1 = write one JSON object: {"{"}"country": "CO", "victims/1/pseudonym": "V-014"{"}"}
error-one-standard-input = only one text can come from standard input
    .hint-1 = give the others with @FILE
error-minimum = an incident also needs { $options }
    .hint-1 = if the date is not known: --date XXXX
    .hint-2 = `ceiba incident add --help` has an example
error-entry-without-name = { $option } does not begin with a name and =
    .hint-1 = for example { $option } "{ $example }"
error-set-and-cleared = { $path } cannot be set and cleared at once
error-nothing-to-change = nothing to change
    .hint-1 = give --set PATH=VALUE, --set-file PATH=FILE or --unset PATH
    .hint-2 = `ceiba incident show` lists the paths that have a value
error-two-from-standard-input = the list and the mapping cannot both come from standard input
error-no-key-pair = { $given } is not of the form KEY=KEY
    .hint-1 = for example --victims 1=2: victim 1 of the first is victim 2 of the second
error-victim-twice = { $given }: one victim cannot be two of the other claim
error-entry-field = fields of an entry are of the form FIELD=VALUE
    .hint-1 = for example stage=reported date=2024-05-04
error-no-ticket = that is not a ticket
    .hint-1 = `ceiba invite create` at the inviter makes one
error-ballot-not-meant = nothing was signed
