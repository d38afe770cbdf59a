## Erros da própria linha de comando; as suas dicas são atributos.
error-is = erro: { $message }
error-is-of-kind = erro ({ $kind }): { $message }
error-hint = dica: { $hint }

error-kind-usage = não se entende
error-kind-not-found = não encontrado
error-kind-refused = recusado
error-kind-network = rede
error-kind-storage = disco ou arquivo
error-kind-locked = trancado
error-kind-busy = em uso
error-kind-internal = defeito do ceiba

error-cannot-write-result = não é possível escrever o resultado: { $reason }
error-cannot-read = não é possível ler { $file }: { $reason }
error-cannot-read-passphrase = não é possível ler a senha de { $file }: { $reason }
error-cannot-write = não é possível escrever { $file }: { $reason }
error-file-exists = não é possível escrever { $file }: { $reason }
    .hint-1 = indicar um arquivo que ainda não exista
error-cannot-make-folder = não é possível criar { $file }: { $reason }
error-not-utf8 = { $file } não é texto em UTF-8
error-file-too-large = { $file } tem mais de { $limit } MiB
    .hint-1 = dividi-lo em arquivos menores
error-wrote = escrito em { $file }
error-man-pages-in = as páginas de manual estão em { $file }

error-no-data-folder = não se conhece uma pasta para dados: { $reason }
    .hint-1 = indicar a pasta do nó com --home PASTA ou CEIBA_HOME
error-no-node = não há um nó em { $home }
    .hint-1 = criar um com `ceiba init --org NOME`
    .hint-2 = ou indicar a sua pasta com --home PASTA ou CEIBA_HOME
error-no-node-runs = nenhum nó está em marcha em { $home }
error-still-stopping = pediu-se ao nó em { $home } que parasse e após um minuto não parou: veja o que `ceiba run` mostra
prompt-passphrase = Senha:
prompt-new-passphrase = Senha nova:
prompt-same-again = A mesma outra vez:
error-passphrases-differ = as duas senhas não são iguais
error-passphrase-short = a senha tem menos de { $least } caracteres
    .hint-1 = cinco ou seis palavras sem relação são uma boa senha
error-no-descriptors = --passphrase-fd ainda não funciona neste sistema
    .hint-1 = usar --passphrase-file
error-no-passphrase-in-file = { $file } não contém uma senha
    .hint-1 = escrevê-la ali numa só linha, em UTF-8
error-cannot-ask-passphrase = não é possível perguntar a senha: { $reason }
    .hint-1 = dá-la com --passphrase-file ARQUIVO ou --passphrase-fd N
    .hint-2 = ou iniciar o nó com `ceiba run`; assim os comandos não pedem senha
error-nobody-to-ask = não é possível perguntar a senha: não há a quem perguntar
    .hint-1 = dá-la com --passphrase-file ARQUIVO ou --passphrase-fd N
    .hint-2 = ou iniciar o nó com `ceiba run`; assim os comandos não pedem senha

error-needs-path-and-value = { $option } precisa do caminho de um campo, =, e um valor
    .hint-1 = por exemplo { $option } place/admin2=Belém
error-given-twice = { $path } está dado duas vezes
    .hint-1 = um campo tem um só valor
error-no-json-object = --fields: não há um objeto JSON na linha { $line }, coluna { $column }
    .hint-1 = escrever um objeto JSON: {"{"}"country": "BR", "victims/1/pseudonym": "V-014"{"}"}
error-json-not-scalar = --fields: { $path } não é um texto, um número, true ou false
    .hint-1 = escrever um objeto JSON: {"{"}"country": "BR", "victims/1/pseudonym": "V-014"{"}"}
error-one-standard-input = só um texto pode vir da entrada padrão
    .hint-1 = dar os outros com @ARQUIVO
error-minimum = um incidente precisa também de { $options }
    .hint-1 = se não se conhece a data: --date XXXX
    .hint-2 = `ceiba incident add --help` tem um exemplo
error-entry-without-name = { $option } não começa com um nome e =
    .hint-1 = por exemplo { $option } "{ $example }"
error-set-and-cleared = { $path } não pode ser definido e apagado ao mesmo tempo
error-nothing-to-change = nada a mudar
    .hint-1 = dar --set CAMINHO=VALOR, --set-file CAMINHO=ARQUIVO ou --unset CAMINHO
    .hint-2 = `ceiba incident show` mostra os caminhos que têm valor
error-two-from-standard-input = a lista e a correspondência não podem vir ambas da entrada padrão
error-no-key-pair = { $given } não tem a forma CHAVE=CHAVE
    .hint-1 = por exemplo --victims 1=2: a vítima 1 do primeiro é a vítima 2 do segundo
error-victim-twice = { $given }: uma vítima não pode ser duas do outro relato
error-entry-field = os campos de uma entrada têm a forma CAMPO=VALOR
    .hint-1 = por exemplo stage=reported date=2024-05-04
error-no-ticket = isso não é um passe
    .hint-1 = `ceiba invite create` faz um na organização que convida
error-ballot-not-meant = nada foi assinado
