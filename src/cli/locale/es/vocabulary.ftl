## Las listas de códigos.
list = Lista
code = Código
codes = Códigos
added = Agregados
list-closed = cerrada
version = Versión
version-built-in = Incorporada
label = Nombre
sdg = ODS
iccs = ICCS
note = Nota
no-terms-proposed = No se propuso ningún código. Proponer uno con `ceiba vocabulary propose`.
stewards-behind = Garantes
term-adopted = adoptado
term-waits = espera a otras garantes
term-waits-for-us = espera; respaldarlo con `ceiba vocabulary endorse`
nothing-added = La coalición no ha agregado códigos.
coalition-added = Agregados por la coalición
not-adopted = En incidentes, sin que nadie los haya adoptado: quedan en el expediente
coded-with = Incidentes según la versión con que se codificaron
code-in =
    { $incidents ->
        [one] { $code }: { $incidents } incidente
       *[other] { $code }: { $incidents } incidentes
    }
error-no-such-list = no hay una lista de códigos { $list }
    .hint-1 = `ceiba vocabulary lists` las muestra
