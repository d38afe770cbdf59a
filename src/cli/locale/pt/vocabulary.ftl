## As listas de códigos.
list = Lista
code = Código
codes = Códigos
added = Acrescentados
list-closed = fechada
version = Versão
version-built-in = Incorporada
label = Nome
sdg = ODS
iccs = ICCS
note = Nota
no-terms-proposed = Nenhum código foi proposto. Propor um com `ceiba vocabulary propose`.
stewards-behind = Garantes
term-adopted = adotado
term-waits = espera outras garantes
term-waits-for-us = espera; apoiá-lo com `ceiba vocabulary endorse`
nothing-added = A coalizão não acrescentou códigos.
coalition-added = Acrescentados pela coalizão
not-adopted = Em incidentes, sem que ninguém os tenha adotado: ficam no dossiê
coded-with = Incidentes segundo a versão com que foram codificados
code-in =
    { $incidents ->
        [one] { $code }: { $incidents } incidente
       *[other] { $code }: { $incidents } incidentes
    }
error-no-such-list = não há uma lista de códigos { $list }
    .hint-1 = `ceiba vocabulary lists` as mostra
