<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="pt" sourcelanguage="en">
 <context>
  <name>ReSAM</name>
  <message>
   <source>better</source>
   <translation>melhor</translation>
  </message>
  <message>
   <source>no evidence</source>
   <translation>sem evidência</translation>
  </message>
  <message>
   <source>worse</source>
   <translation>pior</translation>
  </message>
  <message>
   <source>{} is no adapter.</source>
   <translation>{} não é um adaptador.</translation>
  </message>
  <message>
   <source>{} cannot be written: {}</source>
   <translation>Não é possível gravar {}: {}</translation>
  </message>
  <message>
   <source>Adapt to points</source>
   <translation>Adaptar a pontos</translation>
  </message>
  <message>
   <source>Trains a small adapter (LoRA) from points alone; no masks are drawn. A share of the objects is held out and measured before and after: better, no evidence, or worse. With reference polygons that is the true overlap; without, an estimate. The report shows what changed.</source>
   <translation>Treina um pequeno adaptador (LoRA) só com pontos; nenhuma máscara é desenhada. Uma parte dos objetos é reservada e medida antes e depois: melhor, sem evidência ou pior. Com polígonos de referência é a sobreposição real; sem eles, uma estimativa. O relatório mostra o que mudou.</translation>
  </message>
  <message>
   <source>Reference polygons, to measure with (optional)</source>
   <translation>Polígonos de referência para medir (opcional)</translation>
  </message>
  <message>
   <source>Rasters</source>
   <translation>Rasters</translation>
  </message>
  <message>
   <source>Preset</source>
   <translation>Predefinição</translation>
  </message>
  <message>
   <source>Stop after about this many minutes</source>
   <translation>Parar após cerca deste número de minutos</translation>
  </message>
  <message>
   <source>Share of the objects that is held out</source>
   <translation>Proporção de objetos reservados</translation>
  </message>
  <message>
   <source>Seed</source>
   <translation>Semente</translation>
  </message>
  <message>
   <source>Adapter (a new folder)</source>
   <translation>Adaptador (uma pasta nova)</translation>
  </message>
  <message>
   <source>Report</source>
   <translation>Relatório</translation>
  </message>
  <message>
   <source>Verdict</source>
   <translation>Veredito</translation>
  </message>
  <message>
   <source>Change</source>
   <translation>Mudança</translation>
  </message>
  <message>
   <source>Choose at least one raster.</source>
   <translation>Escolha pelo menos um raster.</translation>
  </message>
  <message>
   <source>The folder is not empty: {}</source>
   <translation>A pasta não está vazia: {}</translation>
  </message>
  <message>
   <source>Bands</source>
   <translation>Bandas</translation>
  </message>
  <message>
   <source>One, or red, green and blue; if none is chosen, their colours decide</source>
   <translation>Uma, ou vermelho, verde e azul; se nenhuma for escolhida, decidem as suas cores</translation>
  </message>
  <message>
   <source>Let files lead to the network</source>
   <translation>Permitir que os ficheiros levem à rede</translation>
  </message>
  <message>
   <source>Only if you trust whoever made them</source>
   <translation>Só se confiar em quem os criou</translation>
  </message>
  <message>
   <source>Points</source>
   <translation>Pontos</translation>
  </message>
  <message>
   <source>The columns object_id, label and class are used, where there are any</source>
   <translation>Usam-se as colunas object_id, label e class, se existirem</translation>
  </message>
  <message>
   <source>Model</source>
   <translation>Modelo</translation>
  </message>
  <message>
   <source>A model by name, or the path of a weights file</source>
   <translation>Um modelo pelo nome ou o caminho de um ficheiro de pesos</translation>
  </message>
  <message>
   <source>Raster</source>
   <translation>Raster</translation>
  </message>
  <message>
   <source>Adapter</source>
   <translation>Adaptador</translation>
  </message>
  <message>
   <source>One of yours by name, or the path of its folder; it must fit the model</source>
   <translation>Um dos seus pelo nome, ou o caminho da sua pasta; tem de servir para o modelo</translation>
  </message>
  <message>
   <source>Device</source>
   <translation>Dispositivo</translation>
  </message>
  <message>
   <source>Arithmetic precision</source>
   <translation>Precisão aritmética</translation>
  </message>
  <message>
   <source>Choose one band, or three.</source>
   <translation>Escolha uma banda ou três.</translation>
  </message>
  <message>
   <source>if you trust whoever made it, check “{}” among the advanced parameters</source>
   <translation>se confiar em quem o criou, assinale “{}” nos parâmetros avançados</translation>
  </message>
  <message>
   <source>The engine's result cannot be read: {}</source>
   <translation>Não é possível ler o resultado: {}</translation>
  </message>
  <message>
   <source>The layer “{}” is no file: save it as GeoTIFF first (Export ▸ Save As…).</source>
   <translation>A camada “{}” não é um ficheiro: guarde-a primeiro como GeoTIFF (Exportar ▸ Guardar como…).</translation>
  </message>
  <message>
   <source>Encode raster</source>
   <translation>Codificar raster</translation>
  </message>
  <message>
   <source>Computes what the model needs to know of a raster and keeps it on disk, so that later clicks are answered at once. With points, only the ground around them. The oldest entries go first when the limit is reached.</source>
   <translation>Calcula o que o modelo precisa de saber de um raster e guarda-o em disco, para responder logo aos cliques seguintes. Com pontos, só o terreno à volta deles. No limite, saem primeiro as entradas mais antigas.</translation>
  </message>
  <message>
   <source>Most that is kept (GB)</source>
   <translation>Máximo guardado (GB)</translation>
  </message>
  <message>
   <source>Evaluate against reference polygons</source>
   <translation>Avaliar com polígonos de referência</translation>
  </message>
  <message>
   <source>Segments the points and compares every polygon with the reference polygon that holds its point: mean IoU with its 95 % interval, F1, and how many objects were missed.</source>
   <translation>Segmenta os pontos e compara cada polígono com o de referência que contém o seu ponto: IoU média com intervalo de 95 %, F1 e quantos objetos faltam.</translation>
  </message>
  <message>
   <source>Reference polygons</source>
   <translation>Polígonos de referência</translation>
  </message>
  <message>
   <source>Mean IoU</source>
   <translation>IoU média</translation>
  </message>
  <message>
   <source>Mean F1</source>
   <translation>F1 média</translation>
  </message>
  <message>
   <source>Objects</source>
   <translation>Objetos</translation>
  </message>
  <message>
   <source>Find all like these</source>
   <translation>Encontrar todos os semelhantes</translation>
  </message>
  <message>
   <source>Click a few objects of one kind, five to twenty if you can, and all others of the raster come back as polygons, each with the probability that it is right. Polygons that stand come back as they were; those with status rejected stay away. A column class tells several kinds apart.</source>
   <translation>Clique em alguns objetos de um tipo, de cinco a vinte se puder, e todos os outros do raster voltam como polígonos, cada um com a probabilidade de estar certo. Os polígonos estabelecidos voltam como eram; os de estado rejected não voltam. Uma coluna class distingue vários tipos.</translation>
  </message>
  <message>
   <source>Found</source>
   <translation>Encontrados</translation>
  </message>
  <message>
   <source>Look in these polygons</source>
   <translation>Procurar nestes polígonos</translation>
  </message>
  <message>
   <source>Leave out lower scores</source>
   <translation>Omitir pontuações mais baixas</translation>
  </message>
  <message>
   <source>At most that many, the best</source>
   <translation>No máximo tantos, os melhores</translation>
  </message>
  <message>
   <source>Continue a run that was stopped</source>
   <translation>Continuar uma execução interrompida</translation>
  </message>
  <message>
   <source>Polygons of such objects, or an earlier output</source>
   <translation>Polígonos de tais objetos, ou uma saída anterior</translation>
  </message>
  <message>
   <source>Points or polygons of what is no such object</source>
   <translation>Pontos ou polígonos do que não é um objeto desses</translation>
  </message>
  <message>
   <source>Adapt the model to the points first</source>
   <translation>Adaptar primeiro o modelo aos pontos</translation>
  </message>
  <message>
   <source>Give points, or polygons, of some objects to find others like them.</source>
   <translation>Indique pontos ou polígonos de alguns objetos para encontrar outros como eles.</translation>
  </message>
  <message>
   <source>none</source>
   <translation>nenhum</translation>
  </message>
  <message>
   <source>Segment everything</source>
   <translation>Segmentar tudo</translation>
  </message>
  <message>
   <source>Outlines every distinct object of an area, whatever it is. The score is the IoU with the true outline to expect. To find one kind of object, use “Find all like these”.</source>
   <translation>Delineia cada objeto distinto de uma área, seja o que for. A pontuação é o IoU a esperar com o contorno verdadeiro. Para encontrar um tipo de objeto, use “Encontrar todos os semelhantes”.</translation>
  </message>
  <message>
   <source>objects</source>
   <translation>objetos</translation>
  </message>
  <message>
   <source>Segment points</source>
   <translation>Segmentar pontos</translation>
  </message>
  <message>
   <source>Finds the object under every point and returns its outline, with a score. Points with the same object_id belong to one object; label 0 excludes. Other columns travel along. Objects that were not found are rows without geometry that say why.</source>
   <translation>Encontra o objeto sob cada ponto e devolve o seu contorno com uma pontuação. Pontos com o mesmo object_id são um objeto; label 0 exclui. As outras colunas acompanham. Objetos não encontrados são linhas sem geometria que dizem porquê.</translation>
  </message>
  <message>
   <source>Refine the first mask</source>
   <translation>Refinar a primeira máscara</translation>
  </message>
  <message>
   <source>Ask again with the refined mask's box</source>
   <translation>Perguntar de novo com a caixa da máscara refinada</translation>
  </message>
  <message>
   <source>Look again at small and large objects, finer and coarser</source>
   <translation>Rever objetos pequenos e grandes, mais fino e mais grosso</translation>
  </message>
  <message>
   <source>Look at everything turned by half, too: better from one click, twice as long</source>
   <translation>Olhar tudo também rodado 180°: melhor com um só clique, demora o dobro</translation>
  </message>
  <message>
   <source>The project has no map theme “{}” with layers.</source>
   <translation>O projeto não tem um tema de mapa “{}” com camadas.</translation>
  </message>
  <message>
   <source>Shape of the polygons</source>
   <translation>Forma dos polígonos</translation>
  </message>
  <message>
   <source>Simplify (pixels)</source>
   <translation>Simplificar (píxeis)</translation>
  </message>
  <message>
   <source>Reject smaller ones (m²)</source>
   <translation>Rejeitar os menores (m²)</translation>
  </message>
  <message>
   <source>Close gaps between neighbours (pixels)</source>
   <translation>Fechar lacunas entre vizinhos (pixels)</translation>
  </message>
  <message>
   <source>Let polygons share area</source>
   <translation>Permitir sobreposição</translation>
  </message>
  <message>
   <source>Only points in this extent</source>
   <translation>Apenas pontos nesta extensão</translation>
  </message>
  <message>
   <source>Only points in the extent of this map theme's layers</source>
   <translation>Só pontos na extensão das camadas deste tema de mapa</translation>
  </message>
  <message>
   <source>Segments</source>
   <translation>Segmentos</translation>
  </message>
  <message>
   <source>Give an extent or a map theme, not both.</source>
   <translation>Indique uma extensão ou um tema de mapa, não ambos.</translation>
  </message>
  <message>
   <source>Suggest where to click next</source>
   <translation>Sugerir onde clicar a seguir</translation>
  </message>
  <message>
   <source>Around the points so far, looks for places that resemble the clicked objects and of which the model is unsure, and for clicked objects that it gets differently each time. Best first, by expected gain.</source>
   <translation>Procura, à volta dos pontos, lugares parecidos com os objetos clicados em que o modelo hesita, e objetos clicados que vê diferente de cada vez. Os melhores primeiro, pelo ganho esperado.</translation>
  </message>
  <message>
   <source>How many places</source>
   <translation>Quantos lugares</translation>
  </message>
  <message>
   <source>Suggestions</source>
   <translation>Sugestões</translation>
  </message>
  <message>
   <source>Remove the environment? Adapters and settings stay.</source>
   <translation>Remover o ambiente? Adaptadores e definições ficam.</translation>
  </message>
  <message>
   <source>{}

Download Python {} (about {} MB) into {}? Nothing else on this machine changes.</source>
   <translation>{}

Transferir o Python {} (cerca de {} MB) para {}? Nada mais muda neste computador.</translation>
  </message>
  <message>
   <source>Removed.</source>
   <translation>Removido.</translation>
  </message>
  <message>
   <source>ReSAM: environment</source>
   <translation>ReSAM: ambiente</translation>
  </message>
  <message>
   <source>For the processor (works everywhere)</source>
   <translation>Para o processador (funciona sempre)</translation>
  </message>
  <message>
   <source>For an NVIDIA GPU (CUDA)</source>
   <translation>Para uma GPU NVIDIA (CUDA)</translation>
  </message>
  <message>
   <source>A Python of my own that has the packages</source>
   <translation>Um Python meu com os pacotes</translation>
  </message>
  <message>
   <source>Folder of wheels, to install without a network (optional)</source>
   <translation>Pasta de wheels, para instalar sem rede (opcional)</translation>
  </message>
  <message>
   <source>Address of an index with PyTorch's CUDA build and its hashes</source>
   <translation>Endereço de um índice com a versão CUDA do PyTorch e os seus hashes</translation>
  </message>
  <message>
   <source>Close</source>
   <translation>Fechar</translation>
  </message>
  <message>
   <source>Open the sample scene</source>
   <translation>Abrir a cena de exemplo</translation>
  </message>
  <message>
   <source>Copied. Passwords and keys are left out.</source>
   <translation>Copiado. Sem palavras-passe nem chaves.</translation>
  </message>
  <message>
   <source>Some files could not be removed: delete {} when QGIS is closed.</source>
   <translation>Alguns ficheiros não puderam ser removidos: apague {} quando o QGIS estiver fechado.</translation>
  </message>
  <message>
   <source>Cancelled; what was downloaded is kept.</source>
   <translation>Cancelado; o que foi transferido fica guardado.</translation>
  </message>
  <message>
   <source>This Python cannot run the engine: {}</source>
   <translation>Este Python não consegue executar o motor: {}</translation>
  </message>
  <message>
   <source>The engine needs a Python environment of its own. QGIS itself is not changed.</source>
   <translation>O motor precisa do seu próprio ambiente Python. O QGIS não é alterado.</translation>
  </message>
  <message>
   <source>Takes {needed:g} GB of {free:.0f} GB free in {place}</source>
   <translation>Ocupa {needed:g} GB de {free:.0f} GB livres em {place}</translation>
  </message>
  <message>
   <source>Use it</source>
   <translation>Usar</translation>
  </message>
  <message>
   <source>Set up</source>
   <translation>Instalar</translation>
  </message>
  <message>
   <source>Testing…</source>
   <translation>A testar…</translation>
  </message>
  <message>
   <source>Stopping…</source>
   <translation>A parar…</translation>
  </message>
  <message>
   <source>Step {} of {}: {}</source>
   <translation>Passo {} de {}: {}</translation>
  </message>
  <message>
   <source>It works; it is used from now on.</source>
   <translation>Funciona; será usado a partir de agora.</translation>
  </message>
  <message>
   <source>The GPU cannot be used: {}

Set up for the processor instead?</source>
   <translation>A GPU não pode ser usada: {}

Instalar para o processador?</translation>
  </message>
  <message>
   <source>Cancel</source>
   <translation>Cancelar</translation>
  </message>
  <message>
   <source>Repair</source>
   <translation>Reparar</translation>
  </message>
  <message>
   <source>Remove</source>
   <translation>Remover</translation>
  </message>
  <message>
   <source>Copy diagnostics</source>
   <translation>Copiar diagnóstico</translation>
  </message>
  <message>
   <source>Folder of wheels</source>
   <translation>Pasta de wheels</translation>
  </message>
  <message>
   <source>Python</source>
   <translation>Python</translation>
  </message>
  <message>
   <source>In use: {}</source>
   <translation>Em uso: {}</translation>
  </message>
  <message>
   <source>Name the index that offers PyTorch's CUDA build for this system.</source>
   <translation>Indique o índice que oferece a versão CUDA do PyTorch para este sistema.</translation>
  </message>
  <message>
   <source>Ready: click the first object.</source>
   <translation>Pronto: clique no primeiro objeto.</translation>
  </message>
  <message>
   <source>No such folder: {}</source>
   <translation>Pasta inexistente: {}</translation>
  </message>
  <message>
   <source>Name the program of that Python: “{}” is no file.</source>
   <translation>Indique o programa desse Python: “{}” não é um ficheiro.</translation>
  </message>
  <message>
   <source>The environment is ready ({}).</source>
   <translation>O ambiente está pronto ({}).</translation>
  </message>
  <message>
   <source>if you trust whoever made it, click on it and press “Allow”, then try the run again</source>
   <translation>se confiar em quem o criou, clique nele e prima “Permitir”; depois tente a execução de novo</translation>
  </message>
  <message>
   <source>ReSAM: {}</source>
   <translation>ReSAM: {}</translation>
  </message>
  <message>
   <source>{} cannot be written.</source>
   <translation>Não é possível gravar {}.</translation>
  </message>
  <message>
   <source>Another QGIS is setting up the environment: wait for it.</source>
   <translation>Outro QGIS está a preparar o ambiente: espere que termine.</translation>
  </message>
  <message>
   <source>Copied.</source>
   <translation>Copiado.</translation>
  </message>
  <message>
   <source>Accept some objects first.</source>
   <translation>Aceite primeiro alguns objetos.</translation>
  </message>
  <message>
   <source>Its polygon was not saved.</source>
   <translation>O seu polígono não foi guardado.</translation>
  </message>
  <message>
   <source>There is no polygon to accept: click an object first.</source>
   <translation>Não há polígono para aceitar: clique primeiro num objeto.</translation>
  </message>
  <message>
   <source>What you had clicked before is at hand again.</source>
   <translation>O que tinha clicado antes está de novo em curso.</translation>
  </message>
  <message>
   <source>Choose the layer that takes the polygons.</source>
   <translation>Escolha a camada que recebe os polígonos.</translation>
  </message>
  <message>
   <source>The last object was taken back.</source>
   <translation>O último objeto foi desfeito.</translation>
  </message>
  <message>
   <source>Fetching a picture of the layer “{}”…</source>
   <translation>A obter uma imagem da camada “{}”…</translation>
  </message>
  <message>
   <source>Nothing was found there: {}</source>
   <translation>Nada encontrado ali: {}</translation>
  </message>
  <message>
   <source>{} exists and holds: {}. Add a layer for the polygons? What it holds stays as it is.</source>
   <translation>{} já existe e contém: {}. Adicionar uma camada para os polígonos? O que contém não muda.</translation>
  </message>
  <message>
   <source>ReSAM</source>
   <translation>ReSAM</translation>
  </message>
  <message>
   <source>Click</source>
   <translation>Clicar</translation>
  </message>
  <message>
   <source>The polygons go to the scratch layer “{}”: save it before you close the project.</source>
   <translation>Os polígonos vão para a camada temporária “{}”: grave-a antes de fechar o projeto.</translation>
  </message>
  <message>
   <source>Download the weights of this model</source>
   <translation>Transferir os pesos deste modelo</translation>
  </message>
  <message>
   <source>New scratch layer</source>
   <translation>Nova camada temporária</translation>
  </message>
  <message>
   <source>Make a layer for the polygons in a GeoPackage, new or there</source>
   <translation>Criar uma camada para os polígonos num GeoPackage novo ou existente</translation>
  </message>
  <message>
   <source>Polygons go to</source>
   <translation>Os polígonos vão para</translation>
  </message>
  <message>
   <source>Class</source>
   <translation>Classe</translation>
  </message>
  <message>
   <source>How far outlines may move when vertices go, in pixels</source>
   <translation>Quanto o contorno pode mover-se ao simplificar, em píxeis</translation>
  </message>
  <message>
   <source>Simplify</source>
   <translation>Simplificar</translation>
  </message>
  <message>
   <source>Shape</source>
   <translation>Forma</translation>
  </message>
  <message>
   <source>Preview under the mouse</source>
   <translation>Pré-visualização sob o rato</translation>
  </message>
  <message>
   <source>Click objects</source>
   <translation>Clicar objetos</translation>
  </message>
  <message>
   <source>Accept (Enter)</source>
   <translation>Aceitar (Enter)</translation>
  </message>
  <message>
   <source>Undo (⌫)</source>
   <translation>Desfazer (⌫)</translation>
  </message>
  <message>
   <source>Clear (Esc)</source>
   <translation>Limpar (Esc)</translation>
  </message>
  <message>
   <source>Copy as command</source>
   <translation>Copiar como comando</translation>
  </message>
  <message>
   <source>The same segmentation of your clicks, for a terminal</source>
   <translation>A mesma segmentação dos seus cliques, para um terminal</translation>
  </message>
  <message>
   <source>Add layer</source>
   <translation>Adicionar camada</translation>
  </message>
  <message>
   <source>Looking…</source>
   <translation>A procurar…</translation>
  </message>
  <message>
   <source>Tab or Shift and wheel: other masks. Space pans.</source>
   <translation>Tab ou Shift e roda: outras máscaras. Espaço desloca.</translation>
  </message>
  <message>
   <source>Choose a raster layer first.</source>
   <translation>Escolha primeiro uma camada raster.</translation>
  </message>
  <message>
   <source>Click an object.</source>
   <translation>Clique num objeto.</translation>
  </message>
  <message>
   <source>Left click adds, right click or Shift excludes, dragging draws a box.</source>
   <translation>Clique esquerdo adiciona, direito ou Shift exclui, arrastar desenha uma caixa.</translation>
  </message>
  <message>
   <source>about {:.1f} s a click on this machine</source>
   <translation>cerca de {:.1f} s por clique neste computador</translation>
  </message>
  <message>
   <source>Score {score:.2f}, {area:.0f} m²</source>
   <translation>Pontuação {score:.2f}, {area:.0f} m²</translation>
  </message>
  <message>
   <source>{} objects are waiting.</source>
   <translation>{} objetos estão à espera.</translation>
  </message>
  <message>
   <source>Downloading {}…</source>
   <translation>A transferir {}…</translation>
  </message>
  <message>
   <source>ReSAM: download {}</source>
   <translation>ReSAM: transferir {}</translation>
  </message>
  <message>
   <source>{} is ready.</source>
   <translation>{} está pronto.</translation>
  </message>
  <message>
   <source>There is no polygon of the layer “{}” here.</source>
   <translation>Não há aqui nenhum polígono da camada “{}”.</translation>
  </message>
  <message>
   <source>Click what belongs to it or does not, then accept.</source>
   <translation>Clique no que pertence ou não, e aceite.</translation>
  </message>
  <message>
   <source>This polygon has no holes.</source>
   <translation>Este polígono não tem buracos.</translation>
  </message>
  <message>
   <source>This polygon has one part only.</source>
   <translation>Este polígono tem só uma parte.</translation>
  </message>
  <message>
   <source>Enter writes it, Esc forgets it.</source>
   <translation>Enter grava, Esc descarta.</translation>
  </message>
  <message>
   <source>Click the polygon that you want to refine.</source>
   <translation>Clique no polígono que quer refinar.</translation>
  </message>
  <message>
   <source>Click the polygon whose holes you want to fill.</source>
   <translation>Clique no polígono cujos buracos quer preencher.</translation>
  </message>
  <message>
   <source>Click the polygon of which you want the largest part alone.</source>
   <translation>Clique no polígono de que só quer a maior parte.</translation>
  </message>
  <message>
   <source>Click the polygons that are one object; the columns of the first are kept.</source>
   <translation>Clique nos polígonos que são um objeto; ficam as colunas do primeiro.</translation>
  </message>
  <message>
   <source>Click on one side of a polygon, then on the other: the line between splits it.</source>
   <translation>Clique de um lado do polígono e depois do outro: a linha entre eles divide-o.</translation>
  </message>
  <message>
   <source>Choose the layer whose polygons you want to edit.</source>
   <translation>Escolha a camada cujos polígonos quer editar.</translation>
  </message>
  <message>
   <source>Nothing to write: click a polygon first.</source>
   <translation>Nada a gravar: clique primeiro num polígono.</translation>
  </message>
  <message>
   <source>The line crosses no polygon from side to side.</source>
   <translation>A linha não atravessa nenhum polígono de lado a lado.</translation>
  </message>
  <message>
   <source>Edit segments</source>
   <translation>Editar segmentos</translation>
  </message>
  <message>
   <source>The layer “{}” refused the change.</source>
   <translation>A camada “{}” recusou a alteração.</translation>
  </message>
  <message>
   <source>The layer that takes the polygons is gone.</source>
   <translation>A camada que recebe os polígonos já não existe.</translation>
  </message>
  <message>
   <source>{} cannot be read.</source>
   <translation>{} não pode ser lido.</translation>
  </message>
  <message>
   <source>Add finds</source>
   <translation>Adicionar achados</translation>
  </message>
  <message>
   <source>{}: found</source>
   <translation>{}: encontrados</translation>
  </message>
  <message>
   <source>The layer “{}” refused the polygon.</source>
   <translation>A camada “{}” recusou o polígono.</translation>
  </message>
  <message>
   <source>Accept an object of class “{}” first: then the view shows what looks like it.</source>
   <translation>Aceite primeiro um objeto da classe “{}”: a vista mostra então o que se parece com ele.</translation>
  </message>
  <message>
   <source>Likeness is shown on rasters with a file alone.</source>
   <translation>A semelhança só é mostrada em rasters com ficheiro.</translation>
  </message>
  <message>
   <source>Accept an object first: then the view shows what looks like it.</source>
   <translation>Aceite primeiro um objeto: a vista mostra então o que se parece com ele.</translation>
  </message>
  <message>
   <source>At this scale the objects are too small to compare: zoom in.</source>
   <translation>A esta escala os objetos são demasiado pequenos para comparar: aproxime-se.</translation>
  </message>
  <message>
   <source>Undone in the layer “{}”: {}</source>
   <translation>Desfeito na camada “{}”: {}</translation>
  </message>
  <message>
   <source>The last change of the layer “{}” is your own: undo it in QGIS.</source>
   <translation>A última alteração da camada “{}” é sua: desfaça-a no QGIS.</translation>
  </message>
  <message>
   <source>Stopped before there was a polygon.</source>
   <translation>Parado antes de haver um polígono.</translation>
  </message>
  <message>
   <source>QGIS ended unexpectedly. The clicks of {} objects and those at hand are back.</source>
   <translation>O QGIS terminou inesperadamente. Os cliques de {} objetos e os que estavam em curso voltaram.</translation>
  </message>
  <message>
   <source>The project's adapter “{}” is not in the list: import it on the page “Adapt”.</source>
   <translation>O adaptador “{}” do projeto não está na lista: importe-o na página “Adaptar”.</translation>
  </message>
  <message>
   <source>{} polygons were not saved (crosses): Enter finds them again, Esc forgets them.</source>
   <translation>{} polígonos não estavam guardados (cruzes): Enter volta a encontrá-los, Esc descarta-os.</translation>
  </message>
  <message>
   <source>Polygons of the layer “{}” cover the object, and the project avoids overlaps.</source>
   <translation>Polígonos da camada “{}” cobrem o objeto, e o projeto evita sobreposições.</translation>
  </message>
  <message>
   <source>The layer “{}” does not take the polygon: its column “{}” must hold something else ({}).</source>
   <translation>A camada “{}” não aceita o polígono: a coluna “{}” deve conter outra coisa ({}).</translation>
  </message>
  <message>
   <source>The polygon cannot be placed in the CRS of the layer “{}”.</source>
   <translation>O polígono não tem lugar no SRC da camada “{}”.</translation>
  </message>
  <message>
   <source>The layer “{}” is broken: repair its data source first.</source>
   <translation>A camada “{}” está danificada: repare primeiro a sua fonte.</translation>
  </message>
  <message>
   <source>The layer “{}” was set to the CRS {}, but its file states {}: set the layer to that of the file, or correct the file (Raster ▸ Projections ▸ Assign Projection…).</source>
   <translation>A camada “{}” foi posta no SRC {}, mas o seu ficheiro indica {}: ponha a camada no do ficheiro, ou corrija o ficheiro (Raster ▸ Projeções ▸ Atribuir projeção…).</translation>
  </message>
  <message>
   <source>The files of these rasters state no CRS, and their layers have several ({}): choose those of one.</source>
   <translation>Os ficheiros destes rasters não indicam SRC, e as suas camadas têm vários ({}): escolha as de um só.</translation>
  </message>
  <message>
   <source>The layer “{}” has another CRS than its file: save it as a new file, and choose that one.</source>
   <translation>A camada “{}” tem outro SRC que o seu ficheiro: guarde-a num ficheiro novo e escolha esse.</translation>
  </message>
  <message>
   <source>Save the layer “{}” to a file first, without filter or unsaved edits.</source>
   <translation>Guarde primeiro a camada “{}” num ficheiro, sem filtro nem edições por guardar.</translation>
  </message>
  <message>
   <source>This place does not exist in the CRS of the raster.</source>
   <translation>Este lugar não existe no SRC do raster.</translation>
  </message>
  <message>
   <source>The layer “{}” has no CRS: set one in its properties.</source>
   <translation>A camada “{}” não tem SRC: defina um nas propriedades.</translation>
  </message>
  <message>
   <source>{:.1f} of about {:.1f} GB, {} so far</source>
   <translation>{:.1f} de cerca de {:.1f} GB, {} até agora</translation>
  </message>
  <message>
   <source>about {} left</source>
   <translation>faltam cerca de {}</translation>
  </message>
  <message>
   <source>Add segment</source>
   <translation>Adicionar segmento</translation>
  </message>
  <message>
   <source>Change segment</source>
   <translation>Alterar segmento</translation>
  </message>
  <message>
   <source>The column “{}” of the layer “{}” does not take “{}”: change the values of the class.</source>
   <translation>A coluna “{}” da camada “{}” não aceita “{}”: mude os valores da classe.</translation>
  </message>
  <message>
   <source>{} exists already.</source>
   <translation>{} já existe.</translation>
  </message>
  <message>
   <source>{} is no GeoPackage: choose another name.</source>
   <translation>{} não é um GeoPackage: escolha outro nome.</translation>
  </message>
  <message>
   <source>The polygon is no longer in the layer “{}”.</source>
   <translation>O polígono já não está na camada “{}”.</translation>
  </message>
  <message>
   <source>The layer “{}” cannot be edited.</source>
   <translation>A camada “{}” não pode ser editada.</translation>
  </message>
  <message>
   <source>none: estimate from the clicks</source>
   <translation>nenhum: estimar a partir dos cliques</translation>
  </message>
  <message>
   <source>Starting…</source>
   <translation>A iniciar…</translation>
  </message>
  <message>
   <source>ReSAM: adapt to points</source>
   <translation>ReSAM: adaptar a pontos</translation>
  </message>
  <message>
   <source>Export adapter</source>
   <translation>Exportar adaptador</translation>
  </message>
  <message>
   <source>Import adapter</source>
   <translation>Importar adaptador</translation>
  </message>
  <message>
   <source>Clicks so far</source>
   <translation>Cliques até agora</translation>
  </message>
  <message>
   <source>Learn from</source>
   <translation>Aprender de</translation>
  </message>
  <message>
   <source>Measure with</source>
   <translation>Medir com</translation>
  </message>
  <message>
   <source>Name</source>
   <translation>Nome</translation>
  </message>
  <message>
   <source>automatic</source>
   <translation>automático</translation>
  </message>
  <message>
   <source>Minutes</source>
   <translation>Minutos</translation>
  </message>
  <message>
   <source>Loss</source>
   <translation>Perda</translation>
  </message>
  <message>
   <source>{} objects</source>
   <translation>{} objetos</translation>
  </message>
  <message>
   <source>Choose an adapter on the first page.</source>
   <translation>Escolha um adaptador na primeira página.</translation>
  </message>
  <message>
   <source>Exported.</source>
   <translation>Exportado.</translation>
  </message>
  <message>
   <source>Imported.</source>
   <translation>Importado.</translation>
  </message>
  <message>
   <source>Remove the adapter “{}” for good?</source>
   <translation>Remover de vez o adaptador “{}”?</translation>
  </message>
  <message>
   <source>Adapt to these points</source>
   <translation>Adaptar a estes pontos</translation>
  </message>
  <message>
   <source>Remove adapter</source>
   <translation>Remover adaptador</translation>
  </message>
  <message>
   <source>Learned; measuring the objects held out…</source>
   <translation>Aprendido; medindo os objetos reservados…</translation>
  </message>
  <message>
   <source>about {} s on two cores</source>
   <translation>cerca de {} s em dois núcleos</translation>
  </message>
  <message>
   <source>click at least {} first</source>
   <translation>clique primeiro em pelo menos {}</translation>
  </message>
  <message>
   <source>Current view</source>
   <translation>Vista atual</translation>
  </message>
  <message>
   <source>Rectangle on the map</source>
   <translation>Retângulo no mapa</translation>
  </message>
  <message>
   <source>Polygons of a layer</source>
   <translation>Polígonos de uma camada</translation>
  </message>
  <message>
   <source>Whole raster</source>
   <translation>Raster inteiro</translation>
  </message>
  <message>
   <source>Draw the rectangle</source>
   <translation>Desenhar o retângulo</translation>
  </message>
  <message>
   <source>Choose the layer of polygons to look in.</source>
   <translation>Escolha a camada de polígonos em que procurar.</translation>
  </message>
  <message>
   <source>The area has no place in the CRS of the raster.</source>
   <translation>A área não tem lugar no SRC do raster.</translation>
  </message>
  <message>
   <source>Draw the rectangle first.</source>
   <translation>Desenhe primeiro o retângulo.</translation>
  </message>
  <message>
   <source>The area lies beside the raster “{}”.</source>
   <translation>A área fica fora do raster “{}”.</translation>
  </message>
  <message>
   <source>The layer “{}” holds no polygon.</source>
   <translation>A camada “{}” não contém polígonos.</translation>
  </message>
  <message>
   <source>Choose one band, or three: until then they are chosen by their colours.</source>
   <translation>Escolha uma banda ou três: até lá são escolhidas pelas cores.</translation>
  </message>
  <message>
   <source>reads red, green and blue by their colours</source>
   <translation>lê vermelho, verde e azul pelas suas cores</translation>
  </message>
  <message>
   <source>auto</source>
   <translation>auto</translation>
  </message>
  <message>
   <source>as shown</source>
   <translation>como se vê</translation>
  </message>
  <message>
   <source>reads bands {} as shown, stretched by ReSAM</source>
   <translation>lê as bandas {} como se veem, esticadas pelo ReSAM</translation>
  </message>
  <message>
   <source>reads bands {}, stretched by ReSAM</source>
   <translation>lê as bandas {}, esticadas pelo ReSAM</translation>
  </message>
  <message>
   <source>One merged layer besides</source>
   <translation>Além disso, uma camada combinada</translation>
  </message>
  <message>
   <source>Folder of rasters</source>
   <translation>Pasta de rasters</translation>
  </message>
  <message>
   <source>waits</source>
   <translation>espera</translation>
  </message>
  <message>
   <source>runs</source>
   <translation>em curso</translation>
  </message>
  <message>
   <source>done</source>
   <translation>concluído</translation>
  </message>
  <message>
   <source>failed</source>
   <translation>falhou</translation>
  </message>
  <message>
   <source>Add to the queue</source>
   <translation>Adicionar à fila</translation>
  </message>
  <message>
   <source>The selected runs, or those that are done</source>
   <translation>As execuções selecionadas, ou as concluídas</translation>
  </message>
  <message>
   <source>Check at least one raster and one layer of points.</source>
   <translation>Marque pelo menos um raster e uma camada de pontos.</translation>
  </message>
  <message>
   <source>Choose a folder that is there for the results.</source>
   <translation>Escolha uma pasta existente para os resultados.</translation>
  </message>
  <message>
   <source>Continue</source>
   <translation>Continuar</translation>
  </message>
  <message>
   <source>Pause</source>
   <translation>Pausar</translation>
  </message>
  <message>
   <source>Try again</source>
   <translation>Tentar de novo</translation>
  </message>
  <message>
   <source>Results go to</source>
   <translation>Os resultados vão para</translation>
  </message>
  <message>
   <source>{} of {} done</source>
   <translation>{} de {} concluídos</translation>
  </message>
  <message>
   <source>{} holds no rasters.</source>
   <translation>{} não contém rasters.</translation>
  </message>
  <message>
   <source>Held-out objects whose outlines changed most: before above, after below</source>
   <translation>Objetos reservados cujos contornos mais mudaram: antes em cima, depois em baixo</translation>
  </message>
  <message>
   <source>Colour of the class</source>
   <translation>Cor da classe</translation>
  </message>
  <message>
   <source>Colour…</source>
   <translation>Cor…</translation>
  </message>
  <message>
   <source>Values…</source>
   <translation>Valores…</translation>
  </message>
  <message>
   <source>What every polygon of this class gets in other columns</source>
   <translation>O que cada polígono desta classe recebe noutras colunas</translation>
  </message>
  <message>
   <source>Take the class out of the list; its polygons stay</source>
   <translation>Tirar a classe da lista; os seus polígonos ficam</translation>
  </message>
  <message>
   <source>By class</source>
   <translation>Por classe</translation>
  </message>
  <message>
   <source>By score</source>
   <translation>Por pontuação</translation>
  </message>
  <message>
   <source>Colour the polygons by class</source>
   <translation>Colorir os polígonos por classe</translation>
  </message>
  <message>
   <source>Colour the polygons by score</source>
   <translation>Colorir os polígonos por pontuação</translation>
  </message>
  <message>
   <source>Key</source>
   <translation>Tecla</translation>
  </message>
  <message>
   <source>Count</source>
   <translation>Número</translation>
  </message>
  <message>
   <source>Area</source>
   <translation>Área</translation>
  </message>
  <message>
   <source>Refine</source>
   <translation>Refinar</translation>
  </message>
  <message>
   <source>Refine a polygon of the layer with more clicks</source>
   <translation>Refinar um polígono da camada com mais cliques</translation>
  </message>
  <message>
   <source>Fill</source>
   <translation>Preencher</translation>
  </message>
  <message>
   <source>Fill the holes of a polygon</source>
   <translation>Preencher os buracos de um polígono</translation>
  </message>
  <message>
   <source>Largest</source>
   <translation>Maior</translation>
  </message>
  <message>
   <source>Keep the largest part of a polygon alone</source>
   <translation>Ficar só com a maior parte de um polígono</translation>
  </message>
  <message>
   <source>Merge</source>
   <translation>Unir</translation>
  </message>
  <message>
   <source>Make one polygon of several</source>
   <translation>Fazer um polígono de vários</translation>
  </message>
  <message>
   <source>Split</source>
   <translation>Dividir</translation>
  </message>
  <message>
   <source>Split polygons by a line between two clicks</source>
   <translation>Dividir polígonos por uma linha entre dois cliques</translation>
  </message>
  <message>
   <source>ReSAM: find all like these</source>
   <translation>ReSAM: encontrar todos os semelhantes</translation>
  </message>
  <message>
   <source>Examples</source>
   <translation>Exemplos</translation>
  </message>
  <message>
   <source>Look in</source>
   <translation>Procurar em</translation>
  </message>
  <message>
   <source>click and accept some first</source>
   <translation>clique e aceite alguns primeiro</translation>
  </message>
  <message>
   <source>Find again</source>
   <translation>Procurar de novo</translation>
  </message>
  <message>
   <source>{:.1f} megapixels, about {}</source>
   <translation>{:.1f} megapíxeis, cerca de {}</translation>
  </message>
  <message>
   <source>{:.1f} megapixels; how long this model takes is not known yet</source>
   <translation>{:.1f} megapíxeis; ainda não se sabe quanto este modelo demora</translation>
  </message>
  <message>
   <source>The raster that was searched is gone.</source>
   <translation>O raster em que se procurou já não existe.</translation>
  </message>
  <message>
   <source>The {} finds that were outlined until then are kept.</source>
   <translation>Os {} achados contornados até então são mantidos.</translation>
  </message>
  <message>
   <source>{} rejected</source>
   <translation>{} rejeitados</translation>
  </message>
  <message>
   <source>Nothing else like these was found.</source>
   <translation>Nada mais semelhante foi encontrado.</translation>
  </message>
  <message>
   <source>{} or more make scores surer</source>
   <translation>com {} ou mais as pontuações são mais seguras</translation>
  </message>
  <message>
   <source>Found {}.</source>
   <translation>{} encontrados.</translation>
  </message>
  <message>
   <source>Finds of a lower score are hidden; nothing is searched for again.</source>
   <translation>Achados com pontuação mais baixa são ocultados; nada é procurado de novo.</translation>
  </message>
  <message>
   <source>The doubtful ones first: Enter accepts, R rejects, F fixes.</source>
   <translation>Primeiro os duvidosos: Enter aceita, R rejeita, F corrige.</translation>
  </message>
  <message>
   <source>Least score</source>
   <translation>Pontuação mínima</translation>
  </message>
  <message>
   <source>{} shown, about {} expected right</source>
   <translation>{} mostrados, cerca de {} provavelmente certos</translation>
  </message>
  <message>
   <source>Review {} of them</source>
   <translation>Rever {} deles</translation>
  </message>
  <message>
   <source>Add the {} shown to “{}”</source>
   <translation>Adicionar os {} mostrados a “{}”</translation>
  </message>
  <message>
   <source>{} polygons were added to “{}”.</source>
   <translation>{} polígonos foram adicionados a “{}”.</translation>
  </message>
  <message>
   <source>Shows where it looks like the objects of the chosen class; without one, of all</source>
   <translation>Mostra onde se parece com os objetos da classe escolhida; sem classe, com todos</translation>
  </message>
  <message>
   <source>Colour what looks like these</source>
   <translation>Colorir o que se parece</translation>
  </message>
  <message>
   <source>Set up…</source>
   <translation>Configurar…</translation>
  </message>
  <message>
   <source>The layer “{}” has no column “status”: only layers that ReSAM wrote can be reviewed.</source>
   <translation>A camada “{}” não tem a coluna “status”: só se podem rever camadas escritas pelo ReSAM.</translation>
  </message>
  <message>
   <source>{place} of {count}, score {score:.2f}</source>
   <translation>{place} de {count}, pontuação {score:.2f}</translation>
  </message>
  <message>
   <source>The column “status” of the layer “{}” does not take “{}”: it must hold text.</source>
   <translation>A coluna “status” da camada “{}” não aceita “{}”: tem de conter texto.</translation>
  </message>
  <message>
   <source>rejected in review</source>
   <translation>rejeitado na revisão</translation>
  </message>
  <message>
   <source>Nothing left to look at.</source>
   <translation>Nada mais para rever.</translation>
  </message>
  <message>
   <source>Nothing to look at.</source>
   <translation>Nada para rever.</translation>
  </message>
  <message>
   <source>Polygons</source>
   <translation>Polígonos</translation>
  </message>
  <message>
   <source>Also those that are accepted</source>
   <translation>Também os aceites</translation>
  </message>
  <message>
   <source>Outlines alone, coloured by score</source>
   <translation>Só contornos, coloridos por pontuação</translation>
  </message>
  <message>
   <source>Begin with the least certain</source>
   <translation>Começar pelo menos certo</translation>
  </message>
  <message>
   <source>Accept (Enter or A)</source>
   <translation>Aceitar (Enter ou A)</translation>
  </message>
  <message>
   <source>Fix with more clicks (F)</source>
   <translation>Corrigir com mais cliques (F)</translation>
  </message>
  <message>
   <source>Reject (R)</source>
   <translation>Rejeitar (R)</translation>
  </message>
  <message>
   <source>Next (N)</source>
   <translation>Seguinte (N)</translation>
  </message>
  <message>
   <source>Back (B)</source>
   <translation>Voltar (B)</translation>
  </message>
  <message>
   <source>Environment…</source>
   <translation>Ambiente…</translation>
  </message>
  <message>
   <source>all</source>
   <translation>todos</translation>
  </message>
  <message>
   <source>Processor threads</source>
   <translation>Threads do processador</translation>
  </message>
  <message>
   <source>Memory for raster blocks</source>
   <translation>Memória para blocos do raster</translation>
  </message>
  <message>
   <source>What was looked at once is kept on disk, up to this size</source>
   <translation>O que foi visto uma vez fica no disco, até este tamanho</translation>
  </message>
  <message>
   <source>Disk for embeddings</source>
   <translation>Disco para as incorporações</translation>
  </message>
  <message>
   <source>Folder of embeddings</source>
   <translation>Pasta das incorporações</translation>
  </message>
  <message>
   <source>Folder of models</source>
   <translation>Pasta dos modelos</translation>
  </message>
  <message>
   <source>the publisher's server</source>
   <translation>o servidor do editor</translation>
  </message>
  <message>
   <source>Models come from</source>
   <translation>Os modelos vêm de</translation>
  </message>
  <message>
   <source>Environment, adapters and clicks; administrators set it by RESAM_HOME</source>
   <translation>Ambiente, adaptadores e cliques; os administradores definem-no com RESAM_HOME</translation>
  </message>
  <message>
   <source>Data</source>
   <translation>Dados</translation>
  </message>
  <message>
   <source>in the user's cache</source>
   <translation>na cache do utilizador</translation>
  </message>
  <message>
   <source>Download</source>
   <translation>Baixar</translation>
  </message>
  <message>
   <source>Outline</source>
   <translation>Contorno</translation>
  </message>
  <message>
   <source>Largest part of the outline</source>
   <translation>Maior parte do contorno</translation>
  </message>
  <message>
   <source>Right angles (buildings)</source>
   <translation>Ângulos retos (edifícios)</translation>
  </message>
  <message>
   <source>Rotated box (ships, vehicles)</source>
   <translation>Retângulo rodado (navios, veículos)</translation>
  </message>
  <message>
   <source>Open a raster, or the sample scene.</source>
   <translation>Abra um raster ou a cena de exemplo.</translation>
  </message>
  <message>
   <source>Press “Click objects”, then click a roof. Right click what is not part of it; Enter accepts.</source>
   <translation>Prima “Clicar objetos” e clique num telhado. Clique direito no que não faz parte; Enter aceita.</translation>
  </message>
  <message>
   <source>Accept two dozen objects. The polygons are in the layer that you chose, as ordinary edits.</source>
   <translation>Aceite duas dúzias de objetos. Os polígonos ficam na camada escolhida, como edições normais.</translation>
  </message>
  <message>
   <source>On the page “Adapt”, let the model learn from your clicks, and read its verdict.</source>
   <translation>Na página “Adaptar”, deixe o modelo aprender com os seus cliques e leia o veredito.</translation>
  </message>
  <message>
   <source>On the page “Review”, go through the least certain polygons. Whole point layers are for the Processing toolbox.</source>
   <translation>Na página “Rever”, percorra os polígonos menos certos. Camadas de pontos inteiras são para a caixa de ferramentas de Processamento.</translation>
  </message>
  <message>
   <source>Manual</source>
   <translation>Manual</translation>
  </message>
  <message>
   <source>Where to click next</source>
   <translation>Onde clicar a seguir</translation>
  </message>
  <message>
   <source>ReSAM: where to click next</source>
   <translation>ReSAM: onde clicar a seguir</translation>
  </message>
  <message>
   <source>{} places, best first.</source>
   <translation>{} lugares, os melhores primeiro.</translation>
  </message>
  <message>
   <source>Column</source>
   <translation>Coluna</translation>
  </message>
  <message>
   <source>Value</source>
   <translation>Valor</translation>
  </message>
  <message>
   <source>Every new polygon of this class gets these values.</source>
   <translation>Cada novo polígono desta classe recebe estes valores.</translation>
  </message>
  <message>
   <source>Values of “{}”</source>
   <translation>Valores de “{}”</translation>
  </message>
  <message>
   <source>This is an estimate: only reference polygons measure accuracy.</source>
   <translation>É uma estimativa: só polígonos de referência medem a exatidão.</translation>
  </message>
  <message>
   <source>Better: the adapter is used from now on.</source>
   <translation>Melhor: o adaptador será usado a partir de agora.</translation>
  </message>
  <message>
   <source>No evidence that it is better or worse: look at the pictures, then choose it or not.</source>
   <translation>Sem evidência de que seja melhor ou pior: veja as imagens e escolha-o ou não.</translation>
  </message>
  <message>
   <source>Worse: the adapter is kept in the list, but not used.</source>
   <translation>Pior: o adaptador fica na lista, mas não é usado.</translation>
  </message>
  <message>
   <source>no class</source>
   <translation>sem classe</translation>
  </message>
  <message>
   <source>Help</source>
   <translation>Ajuda</translation>
  </message>
  <message>
   <source>The layer “{}” would need {} × {} pixels and {} tiles here; the limits are {} pixels and {} tiles: zoom out, or click within one view.</source>
   <translation>A camada “{}” precisaria aqui de {} × {} píxeis e {} mosaicos; os limites são {} píxeis e {} mosaicos: afaste, ou clique dentro de uma só vista.</translation>
  </message>
  <message>
   <source>The layer “{}” gave no picture of this view: is the service there?</source>
   <translation>A camada “{}” não deu imagem desta vista: o serviço está disponível?</translation>
  </message>
  <message>
   <source>the disk is full, or the folder cannot be written</source>
   <translation>o disco está cheio, ou a pasta não pode ser escrita</translation>
  </message>
  <message>
   <source>ReSAM: picture of {}</source>
   <translation>ReSAM: imagem de {}</translation>
  </message>
  <message>
   <source>Cancelled; nothing was changed.</source>
   <translation>Cancelado; nada foi alterado.</translation>
  </message>
  <message>
   <source>The layer “{}” cannot show so much of the world: zoom in.</source>
   <translation>A camada “{}” não pode mostrar tanto do mundo: aproxime.</translation>
  </message>
  <message>
   <source>The view does not touch the layer “{}”.</source>
   <translation>A vista não toca a camada “{}”.</translation>
  </message>
  <message>
   <source>Open in the browser</source>
   <translation>Abrir no navegador</translation>
  </message>
  <message>
   <source>Report of “{}”</source>
   <translation>Relatório de “{}”</translation>
  </message>
  <message>
   <source>Plugin and environment do not fit each other: update the environment.</source>
   <translation>O plugin e o ambiente não combinam: atualize o ambiente.</translation>
  </message>
  <message>
   <source>The environment is from another version of the plugin: update it.</source>
   <translation>O ambiente é de outra versão do plugin: atualize-o.</translation>
  </message>
  <message>
   <source>The environment does not run any more: repair it.</source>
   <translation>O ambiente já não funciona: repare-o.</translation>
  </message>
  <message>
   <source>it said nothing</source>
   <translation>não disse nada</translation>
  </message>
  <message>
   <source>The environment is not set up yet: open ReSAM ▸ Environment.</source>
   <translation>O ambiente ainda não está instalado: abra ReSAM ▸ Ambiente.</translation>
  </message>
  <message>
   <source>The engine ended unexpectedly: {}</source>
   <translation>O motor terminou inesperadamente: {}</translation>
  </message>
  <message>
   <source>The engine cannot be started: {}</source>
   <translation>O motor não pode ser iniciado: {}</translation>
  </message>
  <message>
   <source>The chosen Python does not exist any more: {}</source>
   <translation>O Python escolhido já não existe: {}</translation>
  </message>
  <message>
   <source>Learning takes about {}: {} steps on {} tiles. Before and after it, objects are measured.</source>
   <translation>Aprender demora cerca de {}: {} passos em {} blocos. Antes e depois medem-se objetos.</translation>
  </message>
  <message>
   <source>{} objects to learn from, {} held out to measure with.</source>
   <translation>{} objetos para aprender, {} reservados para medir.</translation>
  </message>
  <message>
   <source>Stopped at step {}: the targets drifted away from the clicks.</source>
   <translation>Parado no passo {}: os alvos afastaram-se dos cliques.</translation>
  </message>
  <message>
   <source>{} of {}, about {} left</source>
   <translation>{} de {}, faltam cerca de {}</translation>
  </message>
  <message>
   <source>creating the environment</source>
   <translation>a criar o ambiente</translation>
  </message>
  <message>
   <source>installing the installer</source>
   <translation>a instalar o instalador</translation>
  </message>
  <message>
   <source>reading the index</source>
   <translation>a ler o índice</translation>
  </message>
  <message>
   <source>installing PyTorch</source>
   <translation>a instalar o PyTorch</translation>
  </message>
  <message>
   <source>installing the other packages</source>
   <translation>a instalar os outros pacotes</translation>
  </message>
  <message>
   <source>testing it</source>
   <translation>a testar</translation>
  </message>
  <message>
   <source>ready</source>
   <translation>pronto</translation>
  </message>
  <message>
   <source>outside the raster</source>
   <translation>fora do raster</translation>
  </message>
  <message>
   <source>on nodata</source>
   <translation>sobre zonas sem dados</translation>
  </message>
  <message>
   <source>smaller than the minimum area</source>
   <translation>menor que a área mínima</translation>
  </message>
  <message>
   <source>next to nothing changed</source>
   <translation>quase nada mudou</translation>
  </message>
  <message>
   <source>the interval of the difference holds zero</source>
   <translation>o intervalo da diferença contém zero</translation>
  </message>
  <message>
   <source>too few objects to tell: at least {} are needed</source>
   <translation>objetos a menos para julgar: são precisos pelo menos {}</translation>
  </message>
  <message>
   <source>the whole interval of the difference lies below zero</source>
   <translation>todo o intervalo da diferença fica abaixo de zero</translation>
  </message>
  <message>
   <source>the whole interval of the difference lies above zero</source>
   <translation>todo o intervalo da diferença fica acima de zero</translation>
  </message>
  <message>
   <source>no object was held out</source>
   <translation>nenhum objeto foi reservado</translation>
  </message>
  <message>
   <source>no mask broke, and scores without a calibration cannot tell better from worse</source>
   <translation>nenhuma máscara se desfez, e pontuações sem calibração não distinguem melhor de pior</translation>
  </message>
  <message>
   <source>the expected change is too small to tell its sign</source>
   <translation>a mudança esperada é pequena demais para se saber o sinal</translation>
  </message>
  <message>
   <source>the clicks are answered with much higher scores</source>
   <translation>os cliques são respondidos com pontuações muito mais altas</translation>
  </message>
  <message>
   <source>the scores let expect a loss: look at what changed</source>
   <translation>as pontuações fazem esperar uma perda: veja o que mudou</translation>
  </message>
  <message>
   <source>There is nothing to learn from: accept some objects first.</source>
   <translation>Não há nada de que aprender: aceite primeiro alguns objetos.</translation>
  </message>
  <message>
   <source>The model found nothing at any example: click other objects.</source>
   <translation>O modelo não encontrou nada em nenhum exemplo: clique noutros objetos.</translation>
  </message>
  <message>
   <source>No example lies on the raster.</source>
   <translation>Nenhum exemplo fica sobre o raster.</translation>
  </message>
  <message>
   <source>From {} examples the scores are rough; more examples make them better.</source>
   <translation>Com {} exemplos as pontuações são grosseiras; mais exemplos melhoram-nas.</translation>
  </message>
  <message>
   <source>{} of {} examples look unlike the others: check them.</source>
   <translation>{} de {} exemplos não se parecem com os outros: verifique-os.</translation>
  </message>
  <message>
   <source>expected IoU (no reference polygons)</source>
   <translation>IoU esperada (sem polígonos de referência)</translation>
  </message>
  <message>
   <source>mean score (no reference polygons)</source>
   <translation>pontuação média (sem polígonos de referência)</translation>
  </message>
  <message>
   <source>Outlining {} objects…</source>
   <translation>A contornar {} objetos…</translation>
  </message>
  <message>
   <source>The weights of {} are not on this machine: press ⬇ beside the model.</source>
   <translation>Os pesos de {} não estão neste computador: carregue em ⬇ ao lado do modelo.</translation>
  </message>
  <message>
   <source>Continued at step {} of {}.</source>
   <translation>Continuado no passo {} de {}.</translation>
  </message>
  <message>
   <source>Looking at {} tiles…</source>
   <translation>A ver {} blocos…</translation>
  </message>
  <message>
   <source>{:.0f} s</source>
   <translation>{:.0f} s</translation>
  </message>
  <message>
   <source>{:.0f} min</source>
   <translation>{:.0f} min</translation>
  </message>
  <message>
   <source>Another raster was chosen meanwhile: start again.</source>
   <translation>Entretanto foi escolhido outro raster: comece de novo.</translation>
  </message>
  <message>
   <source>ReSAM class</source>
   <translation>ReSAM classe</translation>
  </message>
  <message>
   <source>Likely enough</source>
   <translation>Bastante prováveis</translation>
  </message>
  <message>
   <source>ReSAM review</source>
   <translation>Revisão ReSAM</translation>
  </message>
  <message>
   <source>ReSAM score</source>
   <translation>ReSAM pontuação</translation>
  </message>
  <message>
   <source>other</source>
   <translation>outra</translation>
  </message>
  <message>
   <source>ReSAM sample scene</source>
   <translation>Cena de exemplo do ReSAM</translation>
  </message>
  <message>
   <source>Allow</source>
   <translation>Permitir</translation>
  </message>
  <message>
   <source>Only if you trust whoever made this file. It holds until QGIS is closed.</source>
   <translation>Só se confiar em quem criou este ficheiro. Vale até o QGIS ser fechado.</translation>
  </message>
  <message>
   <source>A click with “{}” takes about {:.0f} s here. MobileSAM is several times faster.</source>
   <translation>Um clique com “{}” demora aqui cerca de {:.0f} s. O MobileSAM é várias vezes mais rápido.</translation>
  </message>
  <message>
   <source>Adapt</source>
   <translation>Adaptar</translation>
  </message>
  <message>
   <source>Find</source>
   <translation>Encontrar</translation>
  </message>
  <message>
   <source>Review</source>
   <translation>Rever</translation>
  </message>
  <message>
   <source>Batch</source>
   <translation>Lote</translation>
  </message>
  <message>
   <source>Settings</source>
   <translation>Definições</translation>
  </message>
  <message>
   <source>This place lies beside the raster “{}”, on “{}”.</source>
   <translation>Este lugar está fora do raster “{}”, sobre “{}”.</translation>
  </message>
  <message>
   <source>Use MobileSAM</source>
   <translation>Usar o MobileSAM</translation>
  </message>
  <message>
   <source>{} runs of the queue are unfinished.</source>
   <translation>{} execuções da fila estão inacabadas.</translation>
  </message>
  <message>
   <source>Click on “{}”</source>
   <translation>Clicar em “{}”</translation>
  </message>
  <message>
   <source>The engine stopped unexpectedly; your clicks are kept.</source>
   <translation>O motor parou; os seus cliques ficam guardados.</translation>
  </message>
  <message>
   <source>The worker was stopped.</source>
   <translation>O processo foi parado.</translation>
  </message>
  <message>
   <source>Starting the engine…</source>
   <translation>A iniciar o motor…</translation>
  </message>
  <message>
   <source>{path}: does not exist: check the path of the raster</source>
   <translation>{path}: não existe; verifique o caminho do raster</translation>
  </message>
  <message>
   <source>{path}: is a folder: give the raster file in it</source>
   <translation>{path}: é uma pasta; indique o ficheiro raster que está nela</translation>
  </message>
  <message>
   <source>{path}: is a vector layer, not a raster: give an image such as a GeoTIFF</source>
   <translation>{path}: é uma camada vetorial, não um raster; indique uma imagem, por exemplo um GeoTIFF</translation>
  </message>
  <message>
   <source>{path}: not a raster that GDAL can read, or damaged ({cause})</source>
   <translation>{path}: não é um raster que o GDAL consiga ler, ou está danificado ({cause})</translation>
  </message>
  <message>
   <source>{path}: cannot be read, the file may be damaged ({cause})</source>
   <translation>{path}: não pode ser lido, o ficheiro pode estar danificado ({cause})</translation>
  </message>
  <message>
   <source>{path}: holds no bands of its own: name one of its subdatasets ({names})</source>
   <translation>{path}: não tem bandas próprias; indique um dos seus subconjuntos ({names})</translation>
  </message>
  <message>
   <source>{path}: has no valid pixel in the chosen bands: all is nodata or transparent</source>
   <translation>{path}: não tem nenhum píxel válido nas bandas escolhidas; tudo é nodata ou transparente</translation>
  </message>
  <message>
   <source>{path}: is placed by control points (GCPs or RPCs) only: warp it first, with gdalwarp -t_srs EPSG:xxxx</source>
   <translation>{path}: só está posicionado por pontos de controlo (GCP ou RPC); transforme-o primeiro com gdalwarp -t_srs EPSG:xxxx</translation>
  </message>
  <message>
   <source>{path}: states no CRS: give it by --assume-crs EPSG:xxxx, or keep its coordinates as they are by --assume-crs pixel</source>
   <translation>{path}: não declara SRC; indique-o com --assume-crs EPSG:xxxx, ou mantenha as suas coordenadas com --assume-crs pixel</translation>
  </message>
  <message>
   <source>{path}: has a CRS but no place in it: give it one (gdal_edit.py -a_ullr, or its world file), or keep its coordinates as they are by --assume-crs pixel</source>
   <translation>{path}: tem um SRC mas nenhuma posição nele; dê-lhe uma (gdal_edit.py -a_ullr, ou o seu ficheiro world), ou mantenha as suas coordenadas com --assume-crs pixel</translation>
  </message>
  <message>
   <source>{path}: has a CRS of its own, {crs}: leave --assume-crs out</source>
   <translation>{path}: tem um SRC próprio, {crs}; omita --assume-crs</translation>
  </message>
  <message>
   <source>{path}: {count} bands were asked for: give one (grey) or three (red, green, blue) of {bands}</source>
   <translation>{path}: foram pedidas {count} bandas; indique uma (cinzento) ou três (vermelho, verde, azul) de {bands}</translation>
  </message>
  <message>
   <source>{path}: there is no band {band}: choose from {bands}</source>
   <translation>{path}: não há banda {band}; escolha entre {bands}</translation>
  </message>
  <message>
   <source>nothing to segment: give --points, --boxes or both</source>
   <translation>nada para segmentar; indique --points, --boxes ou ambos</translation>
  </message>
  <message>
   <source>nothing to learn from: give --points, --polygons or both</source>
   <translation>nada de que aprender; indique --points, --polygons ou ambos</translation>
  </message>
  <message>
   <source>{path}: cannot be read as a vector layer ({cause})</source>
   <translation>{path}: não pode ser lido como camada vetorial ({cause})</translation>
  </message>
  <message>
   <source>{path}: has no layer '{layer}'; it has: {names}</source>
   <translation>{path}: não tem a camada «{layer}»; tem: {names}</translation>
  </message>
  <message>
   <source>{layer}: the layer has no features; add at least one {kind} and save the edits</source>
   <translation>{layer}: a camada não tem elementos; acrescente pelo menos um (tipo: {kind}) e guarde as alterações</translation>
  </message>
  <message>
   <source>{layer}: is a table without geometry; give a layer of {kind}s</source>
   <translation>{layer}: é uma tabela sem geometria; indique uma camada (tipo: {kind})</translation>
  </message>
  <message>
   <source>{layer}: holds {found}, not {kind}s; give a layer of {kind}s</source>
   <translation>{layer}: contém {found}, não {kind}; indique uma camada do tipo {kind}</translation>
  </message>
  <message>
   <source>{layer}: has no field '{field}' to group by; its fields are: {names}</source>
   <translation>{layer}: não tem o campo «{field}» para agrupar; os seus campos são: {names}</translation>
  </message>
  <message>
   <source>{layer}: has no geometry and no x/y or lon/lat columns; its fields are: {names}</source>
   <translation>{layer}: não tem geometria nem colunas x/y ou lon/lat; os seus campos são: {names}</translation>
  </message>
  <message>
   <source>{layer}: does not touch the raster; check its CRS and extent</source>
   <translation>{layer}: não toca o raster; verifique o seu SRC e a sua extensão</translation>
  </message>
  <message>
   <source>{path}: no click lies on the raster; check extent and CRS</source>
   <translation>{path}: nenhum clique está sobre o raster; verifique a extensão e o SRC</translation>
  </message>
  <message>
   <source>{path}: no object to learn from lies on the raster; check extent and CRS</source>
   <translation>{path}: nenhum objeto de que aprender está sobre o raster; verifique a extensão e o SRC</translation>
  </message>
  <message>
   <source>{path}: none of its polygons holds a click; check its extent and CRS</source>
   <translation>{path}: nenhum dos seus polígonos contém um clique; verifique a sua extensão e o seu SRC</translation>
  </message>
  <message>
   <source>{count} objects lie within {span} pixels around ({x}, {y}), and one window has room for {most}: if they are clicks of fewer objects, give them object_id</source>
   <translation>{count} objetos estão a menos de {span} píxeis de ({x}, {y}), e uma janela admite {most}; se são cliques de menos objetos, dê-lhes object_id</translation>
  </message>
  <message>
   <source>no model or file is called '{name}': {hint}</source>
   <translation>nenhum modelo nem ficheiro se chama «{name}»: {hint}</translation>
  </message>
  <message>
   <source>{path} is a folder; give a weights file, or an adapter folder as --adapter</source>
   <translation>{path} é uma pasta; indique um ficheiro de pesos, ou uma pasta de adaptador como --adapter</translation>
  </message>
  <message>
   <source>there is too little memory; use a smaller model or --device cpu</source>
   <translation>a memória não chega; use um modelo menor ou --device cpu</translation>
  </message>
  <message>
   <source>the weights of {model} ({file}) are not in {folder}; fetch them with: python -m engine.models fetch {model}</source>
   <translation>os pesos de {model} ({file}) não estão em {folder}; obtenha-os com: python -m engine.models fetch {model}</translation>
  </message>
  <message>
   <source>{path} has SHA-256 {found}…, not the published {published}…; replace it with: python -m engine.models fetch {model}</source>
   <translation>{path} tem SHA-256 {found}…, e não o publicado {published}…; substitua-o com: python -m engine.models fetch {model}</translation>
  </message>
  <message>
   <source>{folder} holds no {file} ({cause}): not an adapter?</source>
   <translation>{folder} não contém {file} ({cause}); será um adaptador?</translation>
  </message>
  <message>
   <source>adapter {folder} was trained on weights {base}…, but {model} has {found}…: load the model it was trained on, or train it again on this one</source>
   <translation>o adaptador {folder} foi treinado com os pesos {base}…, mas {model} tem {found}…; carregue o modelo com que foi treinado, ou treine-o de novo com este</translation>
  </message>
  <message>
   <source>device 'cuda' finds no usable GPU or driver; check nvidia-smi, or use --device cpu</source>
   <translation>o dispositivo «cuda» não encontra nenhuma GPU ou controlador utilizável; verifique nvidia-smi, ou use --device cpu</translation>
  </message>
  <message>
   <source>device 'cuda' needs a CUDA build of torch, and {version} is not one; install one, or use --device auto or cpu</source>
   <translation>o dispositivo «cuda» precisa de um torch com CUDA, e {version} não o é; instale um, ou use --device auto ou cpu</translation>
  </message>
  <message>
   <source>{path}: exists already; choose another name or overwrite</source>
   <translation>{path}: já existe; escolha outro nome ou substitua</translation>
  </message>
  <message>
   <source>{path}: {names} exists already; choose another name or overwrite</source>
   <translation>{path}: {names} já existe; escolha outro nome ou substitua</translation>
  </message>
  <message>
   <source>{path}: has a layer '{layer}', which exists already; choose another name or overwrite</source>
   <translation>{path}: já tem uma camada «{layer}»; escolha outro nome ou substitua</translation>
  </message>
  <message>
   <source>{path}: is read by this run ({option}); it would be lost: choose another {instead}</source>
   <translation>{path}: é lido por esta execução ({option}) e perder-se-ia; escolha outro {instead}</translation>
  </message>
  <message>
   <source>{path}: the folder {folder} does not exist; create it first</source>
   <translation>{path}: a pasta {folder} não existe; crie-a primeiro</translation>
  </message>
  <message>
   <source>{path}: is a folder; give another file name</source>
   <translation>{path}: é uma pasta; indique outro nome de ficheiro</translation>
  </message>
  <message>
   <source>{path}: cannot write to the folder {folder} ({cause})</source>
   <translation>{path}: não é possível escrever na pasta {folder} ({cause})</translation>
  </message>
  <message>
   <source>{path}: could not be written ({cause})</source>
   <translation>{path}: não pôde ser escrito ({cause})</translation>
  </message>
  <message>
   <source>{folder}: another run is writing this output; wait for it</source>
   <translation>{folder}: outra execução está a escrever esta saída; espere que termine</translation>
  </message>
  <message>
   <source>{folder}: holds an unfinished run; continue it with --resume, or use --overwrite</source>
   <translation>{folder}: contém uma execução inacabada; continue-a com --resume, ou use --overwrite</translation>
  </message>
  <message>
   <source>{folder}: holds an adapter already; choose another --out, or --overwrite</source>
   <translation>{folder}: já contém um adaptador; escolha outro --out, ou --overwrite</translation>
  </message>
 </context>
</TS>
