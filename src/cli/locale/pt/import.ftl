# Importar listas.
place-line = linha
place-row = linha
place-record = registro
place-says = { $place } { $line }: { $reason }
erased-stay = Apagados, continuam assim
kept-here = Editado aqui depois, e mantido embora a lista diga outra coisa
kept-says = { $place } { $line }, incidente { $incident }: { $fields }
unmapped-columns = Colunas que nenhuma regra lê
import-would-change = Mudaria
would-be-new = { $place } { $line }, novo: { $field } = { $value }
would-become = { $place } { $line }, incidente { $incident }: { $field }: { $old } → { $new }
nothing-there = (nada)
and-more-changes = e mais { $more } campos; --lines 0 ou --json mostra todos
import-mapping = Correspondência
import-mapping-for = Para que serve
import-built-in = incluída
error-no-mapping = qual coluna é qual campo? não há correspondência
    .hint-1 = indique uma com --mapping NOME ou --mapping ARQUIVO.toml
    .hint-2 = `ceiba import mapping suggest ARQUIVO` escreve uma primeira para editar
error-unexpected-answer = o nó respondeu algo diferente do que foi perguntado
    .hint-1 = use uma linha de comando e um nó da mesma versão
