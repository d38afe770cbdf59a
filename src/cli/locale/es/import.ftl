# Importar listas.
place-line = línea
place-row = fila
place-record = registro
place-says = { $place } { $line }: { $reason }
erased-stay = Borrados, siguen así
kept-here = Editado aquí después, y conservado aunque la lista diga otra cosa
kept-says = { $place } { $line }, incidente { $incident }: { $fields }
unmapped-columns = Columnas que ninguna regla lee
import-would-change = Cambiaría
would-be-new = { $place } { $line }, nuevo: { $field } = { $value }
would-become = { $place } { $line }, incidente { $incident }: { $field }: { $old } → { $new }
nothing-there = (nada)
and-more-changes = y { $more } campos más; --lines 0 o --json los muestra todos
import-mapping = Correspondencia
import-mapping-for = Para qué es
import-built-in = incluida
error-no-mapping = ¿qué columna es qué campo? no hay correspondencia
    .hint-1 = indique una con --mapping NOMBRE o --mapping ARCHIVO.toml
    .hint-2 = `ceiba import mapping suggest ARCHIVO` escribe una primera para editar
error-unexpected-answer = el nodo respondió algo distinto de lo que se preguntó
    .hint-1 = use una línea de comandos y un nodo de la misma versión
