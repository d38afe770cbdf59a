## A porta para telefones.
run-openrosa = os telefones enviam para { $address }
openrosa-user = Nome
openrosa-password = Senha
openrosa-settings = Configurações para o ODK Collect
openrosa-shown-once = Escreva agora a senha no telefone: ela não é mostrada de novo.
openrosa-no-users = Nenhum telefone pode enviar ainda; adicione um com `ceiba openrosa user add NOME`
openrosa-since = Desde
openrosa-revoked = Revogado
openrosa-form = Formulário
openrosa-title = Título
openrosa-nothing-came = Os telefones ainda não enviaram nada
openrosa-came = Chegou
openrosa-files = Arquivos
openrosa-became = Resultado
openrosa-superseded = editado depois
openrosa-encrypted = guardado lacrado: cifrado para uma chave que não é nossa
openrosa-unread = guardado lacrado: { $reason }
