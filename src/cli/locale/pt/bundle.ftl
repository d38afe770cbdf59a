## Pacotes: arquivos selados para parceiros a que nenhuma rede chega.

bundle-file = Arquivo
bundle-bytes = Bytes
bundle-part = Parte
bundle-last = a última
bundle-for = Para
bundle-made-by = Feito por
bundle-made = Feito
bundle-standing = Situação
bundle-entries = Entradas
bundle-statements = Declarações
bundle-logs = Registros
bundle-receipts = Recibos
bundle-unknown-maker = desconhecida ({ $id })
bundle-is-member = membro
bundle-is-out = excluída, revogada ou suspensa
bundle-is-unknown = desconhecida aqui

# Exportar
bundle-written = { $files ->
        [one] Foi escrito { $files } arquivo
       *[other] Foram escritos { $files } arquivos
    } com { $entries ->
        [one] { $entries } entrada
       *[other] { $entries } entradas
    } e { $statements ->
        [one] { $statements } declaração
       *[other] { $statements } declarações
    }. Lá, usar `ceiba bundle import ARQUIVO…`.
bundle-outside = Só os dispositivos destinatários podem abri-los. Quem os encontrar vê quantos são, o tamanho, quando foram escritos e que parecem acaso.
bundle-oversized = { $files ->
        [one] { $files } arquivo é maior do que o pedido: o que uma assinatura cobre não se divide.
       *[other] { $files } arquivos são maiores do que o pedido: o que uma assinatura cobre não se divide.
    }
bundle-unread = INCOMPLETO: { $entries ->
        [one] { $entries } entrada que está aqui não pôde ser lida e não está
       *[other] { $entries } entradas que estão aqui não puderam ser lidas e não estão
    } em nenhum arquivo. `ceiba status` diz o que está danificado; um parceiro pode tê-lo.
bundle-ended = INCOMPLETO: os direitos de um destinatário terminaram enquanto os arquivos eram escritos. Nada mais de { $circles } entrou neles; exportar de novo para os outros.
bundle-nothing-for = Não podem ter nada disto

# Importar
bundle-imported = tomado
bundle-nothing-new = nada novo
bundle-waits = espera outra parte
bundle-refused = quem o fez não pode dá-lo
bundle-not-for-us = não é para este dispositivo, ou está danificado
bundle-is-damaged = danificado ou cortado; nada foi tomado
bundle-is-forged = ilegível ou falsificado
bundle-is-of-another-version = feito por outra versão do ceiba; nada foi tomado
bundle-is-unreadable = o arquivo não pode ser lido
bundle-taken = Novo aqui: { $entries ->
        [one] { $entries } entrada
       *[other] { $entries } entradas
    }, { $statements ->
        [one] { $statements } declaração
       *[other] { $statements } declarações
    }, { $receipts ->
        [one] { $receipts } recibo
       *[other] { $receipts } recibos
    }.
bundle-joined = Entrada em
bundle-admitted = Admitidas; agora fazer um pacote para elas
bundle-not-admitted = Pedidos de entrada recusados
bundle-refused-of = { $maker } não pode dar nada, ou só decisões, de { $circles }: este nó não a conhece como membro que possa. Se isso é novidade, perguntar a outro membro.
bundle-missing-parts = NÃO CHEGOU TUDO o que { $maker } exportou em { $made }: faltam estas partes: { $parts }.
bundle-missing-end = NÃO CHEGOU TUDO o que { $maker } exportou em { $made }: chegou a parte { $part } e não é a última.
bundle-kept = { $files ->
        [one] { $files } parte espera na pasta do nó por uma anterior, ainda selada, e é tomada quando essa for importada.
       *[other] { $files } partes esperam na pasta do nó por anteriores, ainda seladas, e são tomadas quando essas forem importadas.
    }
bundle-import-again = Importar de novo o que espera e não foi guardado, junto com as partes que faltam.

# Inspecionar
bundle-requests = Leva { $requests ->
        [one] { $requests } pedido
       *[other] { $requests } pedidos
    } de entrada.
