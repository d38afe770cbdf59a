## The code lists.
list = List
code = Code
codes = Codes
added = Added
list-closed = closed
version = Version
version-built-in = Built in
label = Label
sdg = SDG
iccs = ICCS
note = Note
no-terms-proposed = No code was proposed. Propose one with `ceiba vocabulary propose`.
stewards-behind = Stewards
term-adopted = adopted
term-waits = waits for other stewards
term-waits-for-us = waits; endorse it with `ceiba vocabulary endorse`
nothing-added = The coalition has added no codes.
coalition-added = Added by the coalition
not-adopted = In incidents, and adopted by nobody: stays in the dossier
coded-with = Incidents by the version that they were coded with
code-in =
    { $incidents ->
        [one] { $code }: { $incidents } incident
       *[other] { $code }: { $incidents } incidents
    }
error-no-such-list = there is no code list { $list }
    .hint-1 = `ceiba vocabulary lists` shows them
