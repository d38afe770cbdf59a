## El tablero de colaboración.
no-cards = No hay tarjetas.
column-card = Tarjeta
column-card-kind = Tipo
column-programme = Programa
column-states = Estados
column-help = Qué escribir
column-owner = Responsable
column-due = Fecha límite
made-by = Creada por
stays-at-home = se queda en casa
concurrent-values = Valores concurrentes
card-notes = Notas
