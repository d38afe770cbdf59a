## O quadro de colaboração.
no-cards = Nenhum cartão.
column-card = Cartão
column-card-kind = Tipo
column-programme = Programa
column-states = Estados
column-help = O que escrever
column-owner = Responsável
column-due = Prazo
made-by = Criado por
stays-at-home = fica em casa
concurrent-values = Valores concorrentes
card-notes = Notas
