## Claims of one event, and links between incidents.

# Candidates
no-candidates = No candidates: nothing here looks like two claims of one event that nobody has judged.
candidates-of-total = { $shown } of { $total }, the strongest first; see more with --limit
candidates-next = Judge them with `ceiba cluster same ID ID` or `ceiba cluster not-same ID ID`.
candidate-strong = strong
candidate-likely = likely
candidate-possible = possible

# Why
reason-name = victim { $first } = { $second }: names agree by { $by } (parts: { $parts })
reason-name-more = one has parts that the other has not
reason-name-differs = a part differs
reason-alias = an alias agrees
reason-sex-differs = the sex differs
reason-birth-agrees = the year of birth agrees
reason-birth-differs = the year of birth differs
by-names = the names
by-tokens = their tokens
part-exact = the same
part-sound = sounds the same
part-typo = nearly the same
part-initial = initial only
reason-no-name = no name that can be compared
reason-same-day = the same day
reason-days-apart = { $days ->
        [one] { $days } day apart
       *[other] { $days } days apart
    }
reason-within = the same time, as far as known ({ $precision })
reason-near = { $days ->
        [one] { $days } day between the dates
       *[other] { $days } days between the dates
    }
reason-wide = the same time, but only roughly known ({ $precision })
reason-date-unknown = a date is not known
reason-municipality = the same municipality
reason-municipality-alias = the same municipality under two names
reason-admin1 = both in { $admin1 }; one says no municipality
reason-other-municipality = both in { $admin1 }, in different municipalities
reason-neighbours = { $one } and { $other } are neighbours
reason-place-unknown = a place is not known
reason-same-violation = the same violation: { $label }
reason-same-family = violations of one family: { $family }
reason-related = violations that are often told of one event
reason-acts-unknown = a violation is not known
reason-territory = the same territory
reason-sex = the same sex
reason-age = the same age group
reason-role = the same role: { $label }
reason-sector = the same sector: { $label }
reason-unit = the same unit: { $label }
reason-group-size = sizes of the groups overlap
reason-as-many = as many victims: { $victims }
reason-part-of = { $part } may be part of { $whole }, which tells of several victims

# Judgements and clusters
judgement-of = { $org }: { $first } and { $second }: { $verdict } ({ $at })
judgement-victims = victims { $pairs }
judgement-written = Written in { $circles }
event-has-claims = { $claims ->
        [one] Event { $event }: { $claims } claim
       *[other] Event { $event }: { $claims } claims
    }
no-clusters = No clusters. `ceiba cluster candidates` proposes pairs to judge.
contested = Contested
contested-pair = { $first } and { $second } are one event for { $same }; { $one } and { $other } are two for { $against }: not joined
persons-of-event = Persons
judgements = Judgements
other-values = Others say

# Links
no-links = No links.
link-key = Key
link-type = Link
link-to = To
link-note = Why
link-unreadable = (cannot be read here)
