<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="fr" sourcelanguage="en">
 <context>
  <name>ReSAM</name>
  <message>
   <source>better</source>
   <translation>meilleur</translation>
  </message>
  <message>
   <source>no evidence</source>
   <translation>sans preuve</translation>
  </message>
  <message>
   <source>worse</source>
   <translation>moins bon</translation>
  </message>
  <message>
   <source>{} is no adapter.</source>
   <translation>{} n’est pas un adaptateur.</translation>
  </message>
  <message>
   <source>{} cannot be written: {}</source>
   <translation>Impossible d’écrire {} : {}</translation>
  </message>
  <message>
   <source>Adapt to points</source>
   <translation>Adapter à des points</translation>
  </message>
  <message>
   <source>Trains a small adapter (LoRA) from points alone; no masks are drawn. A share of the objects is held out and measured before and after: better, no evidence, or worse. With reference polygons that is the true overlap; without, an estimate. The report shows what changed.</source>
   <translation>Entraîne un petit adaptateur (LoRA) à partir de points seulement ; aucun masque n’est dessiné. Une partie des objets est réservée et mesurée avant et après : meilleur, sans preuve ou moins bon. Avec des polygones de référence, c’est le recouvrement réel ; sans eux, une estimation. Le rapport montre ce qui a changé.</translation>
  </message>
  <message>
   <source>Reference polygons, to measure with (optional)</source>
   <translation>Polygones de référence pour mesurer (facultatif)</translation>
  </message>
  <message>
   <source>Rasters</source>
   <translation>Rasters</translation>
  </message>
  <message>
   <source>Preset</source>
   <translation>Préréglage</translation>
  </message>
  <message>
   <source>Stop after about this many minutes</source>
   <translation>S’arrêter après environ ce nombre de minutes</translation>
  </message>
  <message>
   <source>Share of the objects that is held out</source>
   <translation>Part des objets réservés</translation>
  </message>
  <message>
   <source>Seed</source>
   <translation>Graine</translation>
  </message>
  <message>
   <source>Adapter (a new folder)</source>
   <translation>Adaptateur (un nouveau dossier)</translation>
  </message>
  <message>
   <source>Report</source>
   <translation>Rapport</translation>
  </message>
  <message>
   <source>Verdict</source>
   <translation>Verdict</translation>
  </message>
  <message>
   <source>Change</source>
   <translation>Changement</translation>
  </message>
  <message>
   <source>Choose at least one raster.</source>
   <translation>Choisissez au moins un raster.</translation>
  </message>
  <message>
   <source>The folder is not empty: {}</source>
   <translation>Le dossier n’est pas vide : {}</translation>
  </message>
  <message>
   <source>Bands</source>
   <translation>Bandes</translation>
  </message>
  <message>
   <source>One, or red, green and blue; if none is chosen, their colours decide</source>
   <translation>Une, ou rouge, vert et bleu ; si aucune n’est choisie, leurs couleurs décident</translation>
  </message>
  <message>
   <source>Let files lead to the network</source>
   <translation>Laisser les fichiers mener au réseau</translation>
  </message>
  <message>
   <source>Only if you trust whoever made them</source>
   <translation>Seulement si vous faites confiance à leur auteur</translation>
  </message>
  <message>
   <source>Points</source>
   <translation>Points</translation>
  </message>
  <message>
   <source>The columns object_id, label and class are used, where there are any</source>
   <translation>Les colonnes object_id, label et class sont utilisées si elles existent</translation>
  </message>
  <message>
   <source>Model</source>
   <translation>Modèle</translation>
  </message>
  <message>
   <source>A model by name, or the path of a weights file</source>
   <translation>Un modèle par son nom ou le chemin d’un fichier de poids</translation>
  </message>
  <message>
   <source>Raster</source>
   <translation>Raster</translation>
  </message>
  <message>
   <source>Adapter</source>
   <translation>Adaptateur</translation>
  </message>
  <message>
   <source>One of yours by name, or the path of its folder; it must fit the model</source>
   <translation>L’un des vôtres par son nom, ou le chemin de son dossier ; il doit convenir au modèle</translation>
  </message>
  <message>
   <source>Device</source>
   <translation>Périphérique</translation>
  </message>
  <message>
   <source>Arithmetic precision</source>
   <translation>Précision de calcul</translation>
  </message>
  <message>
   <source>Choose one band, or three.</source>
   <translation>Choisissez une bande, ou trois.</translation>
  </message>
  <message>
   <source>if you trust whoever made it, check “{}” among the advanced parameters</source>
   <translation>si vous faites confiance à son auteur, cochez « {} » dans les paramètres avancés</translation>
  </message>
  <message>
   <source>The engine's result cannot be read: {}</source>
   <translation>Impossible de lire le résultat : {}</translation>
  </message>
  <message>
   <source>The layer “{}” is no file: save it as GeoTIFF first (Export ▸ Save As…).</source>
   <translation>La couche « {} » n’est pas un fichier : enregistrez-la d’abord en GeoTIFF (Exporter ▸ Enregistrer sous…).</translation>
  </message>
  <message>
   <source>Encode raster</source>
   <translation>Encoder un raster</translation>
  </message>
  <message>
   <source>Computes what the model needs to know of a raster and keeps it on disk, so that later clicks are answered at once. With points, only the ground around them. The oldest entries go first when the limit is reached.</source>
   <translation>Calcule ce que le modèle doit savoir d’un raster et le garde sur disque, pour répondre aussitôt aux clics suivants. Avec des points, seulement le terrain autour d’eux. À la limite, les entrées les plus anciennes partent d’abord.</translation>
  </message>
  <message>
   <source>Most that is kept (GB)</source>
   <translation>Maximum conservé (Go)</translation>
  </message>
  <message>
   <source>Evaluate against reference polygons</source>
   <translation>Évaluer avec des polygones de référence</translation>
  </message>
  <message>
   <source>Segments the points and compares every polygon with the reference polygon that holds its point: mean IoU with its 95 % interval, F1, and how many objects were missed.</source>
   <translation>Segmente les points et compare chaque polygone avec le polygone de référence qui contient son point : IoU moyenne avec intervalle à 95 %, F1 et nombre d’objets manqués.</translation>
  </message>
  <message>
   <source>Reference polygons</source>
   <translation>Polygones de référence</translation>
  </message>
  <message>
   <source>Mean IoU</source>
   <translation>IoU moyenne</translation>
  </message>
  <message>
   <source>Mean F1</source>
   <translation>F1 moyenne</translation>
  </message>
  <message>
   <source>Objects</source>
   <translation>Objets</translation>
  </message>
  <message>
   <source>Find all like these</source>
   <translation>Trouver tous les semblables</translation>
  </message>
  <message>
   <source>Click a few objects of one kind, five to twenty if you can, and all others of the raster come back as polygons, each with the probability that it is right. Polygons that stand come back as they were; those with status rejected stay away. A column class tells several kinds apart.</source>
   <translation>Cliquez sur quelques objets d’un même type, de cinq à vingt si possible, et tous les autres du raster reviennent en polygones, chacun avec la probabilité qu’il soit juste. Les polygones établis reviennent tels quels ; ceux de statut rejected ne reviennent pas. Une colonne class distingue plusieurs types.</translation>
  </message>
  <message>
   <source>Found</source>
   <translation>Trouvés</translation>
  </message>
  <message>
   <source>Look in these polygons</source>
   <translation>Chercher dans ces polygones</translation>
  </message>
  <message>
   <source>Leave out lower scores</source>
   <translation>Écarter les scores plus bas</translation>
  </message>
  <message>
   <source>At most that many, the best</source>
   <translation>Au plus ce nombre, les meilleurs</translation>
  </message>
  <message>
   <source>Continue a run that was stopped</source>
   <translation>Continuer une exécution interrompue</translation>
  </message>
  <message>
   <source>Polygons of such objects, or an earlier output</source>
   <translation>Polygones de tels objets, ou une sortie antérieure</translation>
  </message>
  <message>
   <source>Points or polygons of what is no such object</source>
   <translation>Points ou polygones de ce qui n’est pas un tel objet</translation>
  </message>
  <message>
   <source>Adapt the model to the points first</source>
   <translation>Adapter d’abord le modèle aux points</translation>
  </message>
  <message>
   <source>Give points, or polygons, of some objects to find others like them.</source>
   <translation>Donnez des points ou des polygones de quelques objets pour en trouver d’autres semblables.</translation>
  </message>
  <message>
   <source>none</source>
   <translation>aucun</translation>
  </message>
  <message>
   <source>Segment everything</source>
   <translation>Tout segmenter</translation>
  </message>
  <message>
   <source>Outlines every distinct object of an area, whatever it is. The score is the IoU with the true outline to expect. To find one kind of object, use “Find all like these”.</source>
   <translation>Délimite chaque objet distinct d’une zone, quel qu’il soit. Le score est l’IoU à attendre avec le vrai contour. Pour trouver un type d’objet, utilisez « Trouver tous les semblables ».</translation>
  </message>
  <message>
   <source>objects</source>
   <translation>objets</translation>
  </message>
  <message>
   <source>Segment points</source>
   <translation>Segmenter des points</translation>
  </message>
  <message>
   <source>Finds the object under every point and returns its outline, with a score. Points with the same object_id belong to one object; label 0 excludes. Other columns travel along. Objects that were not found are rows without geometry that say why.</source>
   <translation>Trouve l’objet sous chaque point et rend son contour avec un score. Les points de même object_id forment un objet ; label 0 exclut. Les autres colonnes suivent. Les objets introuvables sont des lignes sans géométrie qui disent pourquoi.</translation>
  </message>
  <message>
   <source>Refine the first mask</source>
   <translation>Affiner le premier masque</translation>
  </message>
  <message>
   <source>Ask again with the refined mask's box</source>
   <translation>Redemander avec le cadre du masque affiné</translation>
  </message>
  <message>
   <source>Look again at small and large objects, finer and coarser</source>
   <translation>Revoir les petits et grands objets, plus fin et plus grossier</translation>
  </message>
  <message>
   <source>Look at everything turned by half, too: better from one click, twice as long</source>
   <translation>Regarder aussi tout tourné de 180° : meilleur avec un seul clic, deux fois plus long</translation>
  </message>
  <message>
   <source>The project has no map theme “{}” with layers.</source>
   <translation>Le projet n’a pas de thème de carte « {} » avec des couches.</translation>
  </message>
  <message>
   <source>Shape of the polygons</source>
   <translation>Forme des polygones</translation>
  </message>
  <message>
   <source>Simplify (pixels)</source>
   <translation>Simplifier (pixels)</translation>
  </message>
  <message>
   <source>Reject smaller ones (m²)</source>
   <translation>Rejeter les plus petits (m²)</translation>
  </message>
  <message>
   <source>Close gaps between neighbours (pixels)</source>
   <translation>Fermer les vides entre voisins (pixels)</translation>
  </message>
  <message>
   <source>Let polygons share area</source>
   <translation>Autoriser le recouvrement</translation>
  </message>
  <message>
   <source>Only points in this extent</source>
   <translation>Seulement les points de cette emprise</translation>
  </message>
  <message>
   <source>Only points in the extent of this map theme's layers</source>
   <translation>Seulement les points dans l’étendue des couches de ce thème de carte</translation>
  </message>
  <message>
   <source>Segments</source>
   <translation>Segments</translation>
  </message>
  <message>
   <source>Give an extent or a map theme, not both.</source>
   <translation>Donnez une étendue ou un thème de carte, pas les deux.</translation>
  </message>
  <message>
   <source>Suggest where to click next</source>
   <translation>Suggérer où cliquer ensuite</translation>
  </message>
  <message>
   <source>Around the points so far, looks for places that resemble the clicked objects and of which the model is unsure, and for clicked objects that it gets differently each time. Best first, by expected gain.</source>
   <translation>Cherche autour des points des endroits semblables aux objets cliqués où le modèle hésite, et des objets cliqués qu’il voit chaque fois autrement. Les meilleurs d’abord, selon le gain attendu.</translation>
  </message>
  <message>
   <source>How many places</source>
   <translation>Combien d’endroits</translation>
  </message>
  <message>
   <source>Suggestions</source>
   <translation>Suggestions</translation>
  </message>
  <message>
   <source>Remove the environment? Adapters and settings stay.</source>
   <translation>Supprimer l’environnement ? Adaptateurs et réglages restent.</translation>
  </message>
  <message>
   <source>{}

Download Python {} (about {} MB) into {}? Nothing else on this machine changes.</source>
   <translation>{}

Télécharger Python {} (environ {} Mo) dans {} ? Rien d’autre ne change sur cette machine.</translation>
  </message>
  <message>
   <source>Removed.</source>
   <translation>Supprimé.</translation>
  </message>
  <message>
   <source>ReSAM: environment</source>
   <translation>ReSAM : environnement</translation>
  </message>
  <message>
   <source>For the processor (works everywhere)</source>
   <translation>Pour le processeur (marche partout)</translation>
  </message>
  <message>
   <source>For an NVIDIA GPU (CUDA)</source>
   <translation>Pour un GPU NVIDIA (CUDA)</translation>
  </message>
  <message>
   <source>A Python of my own that has the packages</source>
   <translation>Mon propre Python, avec les paquets</translation>
  </message>
  <message>
   <source>Folder of wheels, to install without a network (optional)</source>
   <translation>Dossier de wheels, pour installer sans réseau (facultatif)</translation>
  </message>
  <message>
   <source>Address of an index with PyTorch's CUDA build and its hashes</source>
   <translation>Adresse d’un index qui offre la version CUDA de PyTorch et ses empreintes</translation>
  </message>
  <message>
   <source>Close</source>
   <translation>Fermer</translation>
  </message>
  <message>
   <source>Open the sample scene</source>
   <translation>Ouvrir la scène d’exemple</translation>
  </message>
  <message>
   <source>Copied. Passwords and keys are left out.</source>
   <translation>Copié. Sans mots de passe ni clés.</translation>
  </message>
  <message>
   <source>Some files could not be removed: delete {} when QGIS is closed.</source>
   <translation>Certains fichiers n’ont pas pu être supprimés : effacez {} une fois QGIS fermé.</translation>
  </message>
  <message>
   <source>Cancelled; what was downloaded is kept.</source>
   <translation>Annulé ; ce qui a été téléchargé est gardé.</translation>
  </message>
  <message>
   <source>This Python cannot run the engine: {}</source>
   <translation>Ce Python ne peut pas exécuter le moteur : {}</translation>
  </message>
  <message>
   <source>The engine needs a Python environment of its own. QGIS itself is not changed.</source>
   <translation>Le moteur a besoin de son propre environnement Python. QGIS n’est pas modifié.</translation>
  </message>
  <message>
   <source>Takes {needed:g} GB of {free:.0f} GB free in {place}</source>
   <translation>Prend {needed:g} Go sur {free:.0f} Go libres dans {place}</translation>
  </message>
  <message>
   <source>Use it</source>
   <translation>L’utiliser</translation>
  </message>
  <message>
   <source>Set up</source>
   <translation>Installer</translation>
  </message>
  <message>
   <source>Testing…</source>
   <translation>Essai en cours…</translation>
  </message>
  <message>
   <source>Stopping…</source>
   <translation>Arrêt…</translation>
  </message>
  <message>
   <source>Step {} of {}: {}</source>
   <translation>Étape {} sur {} : {}</translation>
  </message>
  <message>
   <source>It works; it is used from now on.</source>
   <translation>Il fonctionne ; il est utilisé désormais.</translation>
  </message>
  <message>
   <source>The GPU cannot be used: {}

Set up for the processor instead?</source>
   <translation>Le GPU est inutilisable : {}

Installer pour le processeur ?</translation>
  </message>
  <message>
   <source>Cancel</source>
   <translation>Annuler</translation>
  </message>
  <message>
   <source>Repair</source>
   <translation>Réparer</translation>
  </message>
  <message>
   <source>Remove</source>
   <translation>Supprimer</translation>
  </message>
  <message>
   <source>Copy diagnostics</source>
   <translation>Copier le diagnostic</translation>
  </message>
  <message>
   <source>Folder of wheels</source>
   <translation>Dossier de wheels</translation>
  </message>
  <message>
   <source>Python</source>
   <translation>Python</translation>
  </message>
  <message>
   <source>In use: {}</source>
   <translation>Utilisé : {}</translation>
  </message>
  <message>
   <source>Name the index that offers PyTorch's CUDA build for this system.</source>
   <translation>Indiquez l’index qui offre la version CUDA de PyTorch pour ce système.</translation>
  </message>
  <message>
   <source>Ready: click the first object.</source>
   <translation>Prêt : cliquez sur le premier objet.</translation>
  </message>
  <message>
   <source>No such folder: {}</source>
   <translation>Dossier introuvable : {}</translation>
  </message>
  <message>
   <source>Name the program of that Python: “{}” is no file.</source>
   <translation>Indiquez le programme de ce Python : « {} » n’est pas un fichier.</translation>
  </message>
  <message>
   <source>The environment is ready ({}).</source>
   <translation>L’environnement est prêt ({}).</translation>
  </message>
  <message>
   <source>if you trust whoever made it, click on it and press “Allow”, then try the run again</source>
   <translation>si vous faites confiance à son auteur, cliquez dessus et appuyez sur « Autoriser », puis relancez l’exécution</translation>
  </message>
  <message>
   <source>ReSAM: {}</source>
   <translation>ReSAM : {}</translation>
  </message>
  <message>
   <source>{} cannot be written.</source>
   <translation>Impossible d'écrire {}.</translation>
  </message>
  <message>
   <source>Another QGIS is setting up the environment: wait for it.</source>
   <translation>Un autre QGIS installe l’environnement : attendez qu’il ait fini.</translation>
  </message>
  <message>
   <source>Copied.</source>
   <translation>Copié.</translation>
  </message>
  <message>
   <source>Accept some objects first.</source>
   <translation>Acceptez d’abord quelques objets.</translation>
  </message>
  <message>
   <source>Its polygon was not saved.</source>
   <translation>Son polygone n’a pas été enregistré.</translation>
  </message>
  <message>
   <source>There is no polygon to accept: click an object first.</source>
   <translation>Aucun polygone à accepter : cliquez d’abord sur un objet.</translation>
  </message>
  <message>
   <source>What you had clicked before is at hand again.</source>
   <translation>Ce que vous aviez cliqué auparavant est de nouveau en cours.</translation>
  </message>
  <message>
   <source>Choose the layer that takes the polygons.</source>
   <translation>Choisissez la couche qui reçoit les polygones.</translation>
  </message>
  <message>
   <source>The last object was taken back.</source>
   <translation>Le dernier objet a été annulé.</translation>
  </message>
  <message>
   <source>Fetching a picture of the layer “{}”…</source>
   <translation>Récupération d'une image de la couche « {} »…</translation>
  </message>
  <message>
   <source>Nothing was found there: {}</source>
   <translation>Rien trouvé à cet endroit : {}</translation>
  </message>
  <message>
   <source>{} exists and holds: {}. Add a layer for the polygons? What it holds stays as it is.</source>
   <translation>{} existe déjà et contient : {}. Ajouter une couche pour les polygones ? Son contenu reste inchangé.</translation>
  </message>
  <message>
   <source>ReSAM</source>
   <translation>ReSAM</translation>
  </message>
  <message>
   <source>Click</source>
   <translation>Cliquer</translation>
  </message>
  <message>
   <source>The polygons go to the scratch layer “{}”: save it before you close the project.</source>
   <translation>Les polygones vont dans la couche temporaire « {} » : enregistrez-la avant de fermer le projet.</translation>
  </message>
  <message>
   <source>Download the weights of this model</source>
   <translation>Télécharger les poids de ce modèle</translation>
  </message>
  <message>
   <source>New scratch layer</source>
   <translation>Nouvelle couche temporaire</translation>
  </message>
  <message>
   <source>Make a layer for the polygons in a GeoPackage, new or there</source>
   <translation>Créer une couche pour les polygones dans un GeoPackage nouveau ou existant</translation>
  </message>
  <message>
   <source>Polygons go to</source>
   <translation>Les polygones vont dans</translation>
  </message>
  <message>
   <source>Class</source>
   <translation>Classe</translation>
  </message>
  <message>
   <source>How far outlines may move when vertices go, in pixels</source>
   <translation>De combien le contour peut bouger en simplifiant, en pixels</translation>
  </message>
  <message>
   <source>Simplify</source>
   <translation>Simplifier</translation>
  </message>
  <message>
   <source>Shape</source>
   <translation>Forme</translation>
  </message>
  <message>
   <source>Preview under the mouse</source>
   <translation>Aperçu sous la souris</translation>
  </message>
  <message>
   <source>Click objects</source>
   <translation>Cliquer des objets</translation>
  </message>
  <message>
   <source>Accept (Enter)</source>
   <translation>Accepter (Entrée)</translation>
  </message>
  <message>
   <source>Undo (⌫)</source>
   <translation>Annuler (⌫)</translation>
  </message>
  <message>
   <source>Clear (Esc)</source>
   <translation>Effacer (Échap)</translation>
  </message>
  <message>
   <source>Copy as command</source>
   <translation>Copier comme commande</translation>
  </message>
  <message>
   <source>The same segmentation of your clicks, for a terminal</source>
   <translation>La même segmentation de vos clics, pour un terminal</translation>
  </message>
  <message>
   <source>Add layer</source>
   <translation>Ajouter la couche</translation>
  </message>
  <message>
   <source>Looking…</source>
   <translation>Recherche…</translation>
  </message>
  <message>
   <source>Tab or Shift and wheel: other masks. Space pans.</source>
   <translation>Tab ou Maj et molette : autres masques. Espace déplace.</translation>
  </message>
  <message>
   <source>Choose a raster layer first.</source>
   <translation>Choisissez d’abord une couche raster.</translation>
  </message>
  <message>
   <source>Click an object.</source>
   <translation>Cliquez sur un objet.</translation>
  </message>
  <message>
   <source>Left click adds, right click or Shift excludes, dragging draws a box.</source>
   <translation>Clic gauche ajoute, clic droit ou Maj exclut, glisser dessine un cadre.</translation>
  </message>
  <message>
   <source>about {:.1f} s a click on this machine</source>
   <translation>environ {:.1f} s par clic sur cette machine</translation>
  </message>
  <message>
   <source>Score {score:.2f}, {area:.0f} m²</source>
   <translation>Score {score:.2f}, {area:.0f} m²</translation>
  </message>
  <message>
   <source>{} objects are waiting.</source>
   <translation>{} objets attendent.</translation>
  </message>
  <message>
   <source>Downloading {}…</source>
   <translation>Téléchargement de {}…</translation>
  </message>
  <message>
   <source>ReSAM: download {}</source>
   <translation>ReSAM : télécharger {}</translation>
  </message>
  <message>
   <source>{} is ready.</source>
   <translation>{} est prêt.</translation>
  </message>
  <message>
   <source>There is no polygon of the layer “{}” here.</source>
   <translation>Il n’y a pas de polygone de la couche « {} » ici.</translation>
  </message>
  <message>
   <source>Click what belongs to it or does not, then accept.</source>
   <translation>Cliquez ce qui en fait partie ou non, puis acceptez.</translation>
  </message>
  <message>
   <source>This polygon has no holes.</source>
   <translation>Ce polygone n’a pas de trou.</translation>
  </message>
  <message>
   <source>This polygon has one part only.</source>
   <translation>Ce polygone n’a qu’une partie.</translation>
  </message>
  <message>
   <source>Enter writes it, Esc forgets it.</source>
   <translation>Entrée l’écrit, Échap l’abandonne.</translation>
  </message>
  <message>
   <source>Click the polygon that you want to refine.</source>
   <translation>Cliquez sur le polygone à affiner.</translation>
  </message>
  <message>
   <source>Click the polygon whose holes you want to fill.</source>
   <translation>Cliquez sur le polygone dont les trous sont à combler.</translation>
  </message>
  <message>
   <source>Click the polygon of which you want the largest part alone.</source>
   <translation>Cliquez sur le polygone dont seule la plus grande partie doit rester.</translation>
  </message>
  <message>
   <source>Click the polygons that are one object; the columns of the first are kept.</source>
   <translation>Cliquez sur les polygones d’un même objet ; les colonnes du premier sont gardées.</translation>
  </message>
  <message>
   <source>Click on one side of a polygon, then on the other: the line between splits it.</source>
   <translation>Cliquez d’un côté d’un polygone, puis de l’autre : la ligne entre les deux le divise.</translation>
  </message>
  <message>
   <source>Choose the layer whose polygons you want to edit.</source>
   <translation>Choisissez la couche dont les polygones sont à modifier.</translation>
  </message>
  <message>
   <source>Nothing to write: click a polygon first.</source>
   <translation>Rien à écrire : cliquez d’abord sur un polygone.</translation>
  </message>
  <message>
   <source>The line crosses no polygon from side to side.</source>
   <translation>La ligne ne traverse aucun polygone de part en part.</translation>
  </message>
  <message>
   <source>Edit segments</source>
   <translation>Modifier des segments</translation>
  </message>
  <message>
   <source>The layer “{}” refused the change.</source>
   <translation>La couche « {} » a refusé la modification.</translation>
  </message>
  <message>
   <source>The layer that takes the polygons is gone.</source>
   <translation>La couche qui reçoit les polygones n'existe plus.</translation>
  </message>
  <message>
   <source>{} cannot be read.</source>
   <translation>{} ne peut pas être lu.</translation>
  </message>
  <message>
   <source>Add finds</source>
   <translation>Ajouter les trouvailles</translation>
  </message>
  <message>
   <source>{}: found</source>
   <translation>{} : trouvés</translation>
  </message>
  <message>
   <source>The layer “{}” refused the polygon.</source>
   <translation>La couche « {} » a refusé le polygone.</translation>
  </message>
  <message>
   <source>Accept an object of class “{}” first: then the view shows what looks like it.</source>
   <translation>Acceptez d’abord un objet de la classe « {} » : la vue montre alors ce qui lui ressemble.</translation>
  </message>
  <message>
   <source>Likeness is shown on rasters with a file alone.</source>
   <translation>La ressemblance n’est montrée que sur des rasters avec un fichier.</translation>
  </message>
  <message>
   <source>Accept an object first: then the view shows what looks like it.</source>
   <translation>Acceptez d’abord un objet : la vue montre alors ce qui lui ressemble.</translation>
  </message>
  <message>
   <source>At this scale the objects are too small to compare: zoom in.</source>
   <translation>À cette échelle, les objets sont trop petits pour être comparés : zoomez.</translation>
  </message>
  <message>
   <source>Undone in the layer “{}”: {}</source>
   <translation>Annulé dans la couche « {} » : {}</translation>
  </message>
  <message>
   <source>The last change of the layer “{}” is your own: undo it in QGIS.</source>
   <translation>La dernière modification de la couche « {} » est la vôtre : annulez-la dans QGIS.</translation>
  </message>
  <message>
   <source>Stopped before there was a polygon.</source>
   <translation>Arrêté avant qu'il y ait un polygone.</translation>
  </message>
  <message>
   <source>QGIS ended unexpectedly. The clicks of {} objects and those at hand are back.</source>
   <translation>QGIS s’est terminé de façon inattendue. Les clics de {} objets et ceux en cours sont rétablis.</translation>
  </message>
  <message>
   <source>The project's adapter “{}” is not in the list: import it on the page “Adapt”.</source>
   <translation>L’adaptateur « {} » du projet n’est pas dans la liste : importez-le sur la page « Adapter ».</translation>
  </message>
  <message>
   <source>{} polygons were not saved (crosses): Enter finds them again, Esc forgets them.</source>
   <translation>{} polygones n’étaient pas enregistrés (croix) : Entrée les retrouve, Échap les abandonne.</translation>
  </message>
  <message>
   <source>Polygons of the layer “{}” cover the object, and the project avoids overlaps.</source>
   <translation>Des polygones de la couche « {} » couvrent l'objet, et le projet évite les recouvrements.</translation>
  </message>
  <message>
   <source>The layer “{}” does not take the polygon: its column “{}” must hold something else ({}).</source>
   <translation>La couche « {} » n'accepte pas le polygone : sa colonne « {} » doit contenir autre chose ({}).</translation>
  </message>
  <message>
   <source>The polygon cannot be placed in the CRS of the layer “{}”.</source>
   <translation>Le polygone n’a pas de place dans le SCR de la couche « {} ».</translation>
  </message>
  <message>
   <source>The layer “{}” is broken: repair its data source first.</source>
   <translation>La couche « {} » est cassée : réparez d’abord sa source.</translation>
  </message>
  <message>
   <source>The layer “{}” was set to the CRS {}, but its file states {}: set the layer to that of the file, or correct the file (Raster ▸ Projections ▸ Assign Projection…).</source>
   <translation>La couche « {} » a été mise dans le SCR {}, mais son fichier indique {} : remettez la couche dans celui du fichier, ou corrigez le fichier (Raster ▸ Projections ▸ Assigner une projection…).</translation>
  </message>
  <message>
   <source>The files of these rasters state no CRS, and their layers have several ({}): choose those of one.</source>
   <translation>Les fichiers de ces rasters n’indiquent pas de SCR, et leurs couches en ont plusieurs ({}) : choisissez celles d’un seul.</translation>
  </message>
  <message>
   <source>The layer “{}” has another CRS than its file: save it as a new file, and choose that one.</source>
   <translation>La couche « {} » a un autre SCR que son fichier : enregistrez-la dans un nouveau fichier, et choisissez celui-ci.</translation>
  </message>
  <message>
   <source>Save the layer “{}” to a file first, without filter or unsaved edits.</source>
   <translation>Enregistrez d’abord la couche « {} » dans un fichier, sans filtre ni modifications en attente.</translation>
  </message>
  <message>
   <source>This place does not exist in the CRS of the raster.</source>
   <translation>Cet endroit n’existe pas dans le SCR du raster.</translation>
  </message>
  <message>
   <source>The layer “{}” has no CRS: set one in its properties.</source>
   <translation>La couche « {} » n’a pas de SCR : définissez-en un dans ses propriétés.</translation>
  </message>
  <message>
   <source>{:.1f} of about {:.1f} GB, {} so far</source>
   <translation>{:.1f} sur environ {:.1f} Go, {} jusqu’ici</translation>
  </message>
  <message>
   <source>about {} left</source>
   <translation>encore environ {}</translation>
  </message>
  <message>
   <source>Add segment</source>
   <translation>Ajouter un segment</translation>
  </message>
  <message>
   <source>Change segment</source>
   <translation>Modifier le segment</translation>
  </message>
  <message>
   <source>The column “{}” of the layer “{}” does not take “{}”: change the values of the class.</source>
   <translation>La colonne « {} » de la couche « {} » n’accepte pas « {} » : changez les valeurs de la classe.</translation>
  </message>
  <message>
   <source>{} exists already.</source>
   <translation>{} existe déjà.</translation>
  </message>
  <message>
   <source>{} is no GeoPackage: choose another name.</source>
   <translation>{} n'est pas un GeoPackage : choisissez un autre nom.</translation>
  </message>
  <message>
   <source>The polygon is no longer in the layer “{}”.</source>
   <translation>Le polygone n’est plus dans la couche « {} ».</translation>
  </message>
  <message>
   <source>The layer “{}” cannot be edited.</source>
   <translation>La couche « {} » n’est pas modifiable.</translation>
  </message>
  <message>
   <source>none: estimate from the clicks</source>
   <translation>aucun : estimer d’après les clics</translation>
  </message>
  <message>
   <source>Starting…</source>
   <translation>Démarrage…</translation>
  </message>
  <message>
   <source>ReSAM: adapt to points</source>
   <translation>ReSAM : adapter à des points</translation>
  </message>
  <message>
   <source>Export adapter</source>
   <translation>Exporter l’adaptateur</translation>
  </message>
  <message>
   <source>Import adapter</source>
   <translation>Importer un adaptateur</translation>
  </message>
  <message>
   <source>Clicks so far</source>
   <translation>Clics jusqu’ici</translation>
  </message>
  <message>
   <source>Learn from</source>
   <translation>Apprendre de</translation>
  </message>
  <message>
   <source>Measure with</source>
   <translation>Mesurer avec</translation>
  </message>
  <message>
   <source>Name</source>
   <translation>Nom</translation>
  </message>
  <message>
   <source>automatic</source>
   <translation>automatique</translation>
  </message>
  <message>
   <source>Minutes</source>
   <translation>Minutes</translation>
  </message>
  <message>
   <source>Loss</source>
   <translation>Perte</translation>
  </message>
  <message>
   <source>{} objects</source>
   <translation>{} objets</translation>
  </message>
  <message>
   <source>Choose an adapter on the first page.</source>
   <translation>Choisissez un adaptateur à la première page.</translation>
  </message>
  <message>
   <source>Exported.</source>
   <translation>Exporté.</translation>
  </message>
  <message>
   <source>Imported.</source>
   <translation>Importé.</translation>
  </message>
  <message>
   <source>Remove the adapter “{}” for good?</source>
   <translation>Supprimer définitivement l’adaptateur « {} » ?</translation>
  </message>
  <message>
   <source>Adapt to these points</source>
   <translation>Adapter à ces points</translation>
  </message>
  <message>
   <source>Remove adapter</source>
   <translation>Supprimer l’adaptateur</translation>
  </message>
  <message>
   <source>Learned; measuring the objects held out…</source>
   <translation>Appris ; mesure des objets mis de côté…</translation>
  </message>
  <message>
   <source>about {} s on two cores</source>
   <translation>environ {} s sur deux cœurs</translation>
  </message>
  <message>
   <source>click at least {} first</source>
   <translation>cliquez-en d’abord au moins {}</translation>
  </message>
  <message>
   <source>Current view</source>
   <translation>Vue actuelle</translation>
  </message>
  <message>
   <source>Rectangle on the map</source>
   <translation>Rectangle sur la carte</translation>
  </message>
  <message>
   <source>Polygons of a layer</source>
   <translation>Polygones d’une couche</translation>
  </message>
  <message>
   <source>Whole raster</source>
   <translation>Raster entier</translation>
  </message>
  <message>
   <source>Draw the rectangle</source>
   <translation>Dessiner le rectangle</translation>
  </message>
  <message>
   <source>Choose the layer of polygons to look in.</source>
   <translation>Choisissez la couche des polygones où chercher.</translation>
  </message>
  <message>
   <source>The area has no place in the CRS of the raster.</source>
   <translation>La zone n’a pas de place dans le SCR du raster.</translation>
  </message>
  <message>
   <source>Draw the rectangle first.</source>
   <translation>Dessinez d’abord le rectangle.</translation>
  </message>
  <message>
   <source>The area lies beside the raster “{}”.</source>
   <translation>La zone est à côté du raster « {} ».</translation>
  </message>
  <message>
   <source>The layer “{}” holds no polygon.</source>
   <translation>La couche « {} » ne contient aucun polygone.</translation>
  </message>
  <message>
   <source>Choose one band, or three: until then they are chosen by their colours.</source>
   <translation>Choisissez une bande ou trois : d'ici là, elles sont choisies d'après leurs couleurs.</translation>
  </message>
  <message>
   <source>reads red, green and blue by their colours</source>
   <translation>lit le rouge, le vert et le bleu d’après leurs couleurs</translation>
  </message>
  <message>
   <source>auto</source>
   <translation>auto</translation>
  </message>
  <message>
   <source>as shown</source>
   <translation>comme affiché</translation>
  </message>
  <message>
   <source>reads bands {} as shown, stretched by ReSAM</source>
   <translation>lit les bandes {} comme affiché, étirées par ReSAM</translation>
  </message>
  <message>
   <source>reads bands {}, stretched by ReSAM</source>
   <translation>lit les bandes {}, étirées par ReSAM</translation>
  </message>
  <message>
   <source>One merged layer besides</source>
   <translation>En plus, une couche fusionnée</translation>
  </message>
  <message>
   <source>Folder of rasters</source>
   <translation>Dossier de rasters</translation>
  </message>
  <message>
   <source>waits</source>
   <translation>en attente</translation>
  </message>
  <message>
   <source>runs</source>
   <translation>en cours</translation>
  </message>
  <message>
   <source>done</source>
   <translation>terminé</translation>
  </message>
  <message>
   <source>failed</source>
   <translation>échoué</translation>
  </message>
  <message>
   <source>Add to the queue</source>
   <translation>Ajouter à la file</translation>
  </message>
  <message>
   <source>The selected runs, or those that are done</source>
   <translation>Les exécutions choisies, ou celles qui sont terminées</translation>
  </message>
  <message>
   <source>Check at least one raster and one layer of points.</source>
   <translation>Cochez au moins un raster et une couche de points.</translation>
  </message>
  <message>
   <source>Choose a folder that is there for the results.</source>
   <translation>Choisissez un dossier existant pour les résultats.</translation>
  </message>
  <message>
   <source>Continue</source>
   <translation>Continuer</translation>
  </message>
  <message>
   <source>Pause</source>
   <translation>Suspendre</translation>
  </message>
  <message>
   <source>Try again</source>
   <translation>Réessayer</translation>
  </message>
  <message>
   <source>Results go to</source>
   <translation>Les résultats vont dans</translation>
  </message>
  <message>
   <source>{} of {} done</source>
   <translation>{} sur {} terminés</translation>
  </message>
  <message>
   <source>{} holds no rasters.</source>
   <translation>{} ne contient aucun raster.</translation>
  </message>
  <message>
   <source>Held-out objects whose outlines changed most: before above, after below</source>
   <translation>Objets réservés dont les contours ont le plus changé : avant en haut, après en bas</translation>
  </message>
  <message>
   <source>Colour of the class</source>
   <translation>Couleur de la classe</translation>
  </message>
  <message>
   <source>Colour…</source>
   <translation>Couleur…</translation>
  </message>
  <message>
   <source>Values…</source>
   <translation>Valeurs…</translation>
  </message>
  <message>
   <source>What every polygon of this class gets in other columns</source>
   <translation>Ce que chaque polygone de cette classe reçoit dans d’autres colonnes</translation>
  </message>
  <message>
   <source>Take the class out of the list; its polygons stay</source>
   <translation>Retirer la classe de la liste ; ses polygones restent</translation>
  </message>
  <message>
   <source>By class</source>
   <translation>Par classe</translation>
  </message>
  <message>
   <source>By score</source>
   <translation>Par score</translation>
  </message>
  <message>
   <source>Colour the polygons by class</source>
   <translation>Colorer les polygones par classe</translation>
  </message>
  <message>
   <source>Colour the polygons by score</source>
   <translation>Colorer les polygones par score</translation>
  </message>
  <message>
   <source>Key</source>
   <translation>Touche</translation>
  </message>
  <message>
   <source>Count</source>
   <translation>Nombre</translation>
  </message>
  <message>
   <source>Area</source>
   <translation>Surface</translation>
  </message>
  <message>
   <source>Refine</source>
   <translation>Affiner</translation>
  </message>
  <message>
   <source>Refine a polygon of the layer with more clicks</source>
   <translation>Affiner un polygone de la couche par d’autres clics</translation>
  </message>
  <message>
   <source>Fill</source>
   <translation>Combler</translation>
  </message>
  <message>
   <source>Fill the holes of a polygon</source>
   <translation>Combler les trous d’un polygone</translation>
  </message>
  <message>
   <source>Largest</source>
   <translation>Plus grand</translation>
  </message>
  <message>
   <source>Keep the largest part of a polygon alone</source>
   <translation>Ne garder que la plus grande partie d’un polygone</translation>
  </message>
  <message>
   <source>Merge</source>
   <translation>Fusionner</translation>
  </message>
  <message>
   <source>Make one polygon of several</source>
   <translation>Faire un polygone de plusieurs</translation>
  </message>
  <message>
   <source>Split</source>
   <translation>Diviser</translation>
  </message>
  <message>
   <source>Split polygons by a line between two clicks</source>
   <translation>Diviser des polygones par une ligne entre deux clics</translation>
  </message>
  <message>
   <source>ReSAM: find all like these</source>
   <translation>ReSAM : trouver tous les semblables</translation>
  </message>
  <message>
   <source>Examples</source>
   <translation>Exemples</translation>
  </message>
  <message>
   <source>Look in</source>
   <translation>Chercher dans</translation>
  </message>
  <message>
   <source>click and accept some first</source>
   <translation>cliquez et acceptez-en d’abord</translation>
  </message>
  <message>
   <source>Find again</source>
   <translation>Chercher à nouveau</translation>
  </message>
  <message>
   <source>{:.1f} megapixels, about {}</source>
   <translation>{:.1f} mégapixels, environ {}</translation>
  </message>
  <message>
   <source>{:.1f} megapixels; how long this model takes is not known yet</source>
   <translation>{:.1f} mégapixels ; la durée avec ce modèle n’est pas encore connue</translation>
  </message>
  <message>
   <source>The raster that was searched is gone.</source>
   <translation>Le raster où l’on a cherché n’est plus là.</translation>
  </message>
  <message>
   <source>The {} finds that were outlined until then are kept.</source>
   <translation>Les {} trouvailles détourées jusque-là sont conservées.</translation>
  </message>
  <message>
   <source>{} rejected</source>
   <translation>{} rejetés</translation>
  </message>
  <message>
   <source>Nothing else like these was found.</source>
   <translation>Rien d’autre de semblable n’a été trouvé.</translation>
  </message>
  <message>
   <source>{} or more make scores surer</source>
   <translation>à partir de {}, les scores sont plus sûrs</translation>
  </message>
  <message>
   <source>Found {}.</source>
   <translation>{} trouvés.</translation>
  </message>
  <message>
   <source>Finds of a lower score are hidden; nothing is searched for again.</source>
   <translation>Les trouvailles de score plus bas sont masquées ; rien n’est cherché à nouveau.</translation>
  </message>
  <message>
   <source>The doubtful ones first: Enter accepts, R rejects, F fixes.</source>
   <translation>Les douteux d’abord : Entrée accepte, R rejette, F corrige.</translation>
  </message>
  <message>
   <source>Least score</source>
   <translation>Score minimal</translation>
  </message>
  <message>
   <source>{} shown, about {} expected right</source>
   <translation>{} affichés, environ {} sans doute justes</translation>
  </message>
  <message>
   <source>Review {} of them</source>
   <translation>En revoir {}</translation>
  </message>
  <message>
   <source>Add the {} shown to “{}”</source>
   <translation>Ajouter les {} affichés à « {} »</translation>
  </message>
  <message>
   <source>{} polygons were added to “{}”.</source>
   <translation>{} polygones ont été ajoutés à « {} ».</translation>
  </message>
  <message>
   <source>Shows where it looks like the objects of the chosen class; without one, of all</source>
   <translation>Montre où cela ressemble aux objets de la classe choisie ; sans classe, à tous</translation>
  </message>
  <message>
   <source>Colour what looks like these</source>
   <translation>Colorer ce qui ressemble</translation>
  </message>
  <message>
   <source>Set up…</source>
   <translation>Installer…</translation>
  </message>
  <message>
   <source>The layer “{}” has no column “status”: only layers that ReSAM wrote can be reviewed.</source>
   <translation>La couche « {} » n'a pas de colonne « status » : seules les couches écrites par ReSAM peuvent être revues.</translation>
  </message>
  <message>
   <source>{place} of {count}, score {score:.2f}</source>
   <translation>{place} sur {count}, score {score:.2f}</translation>
  </message>
  <message>
   <source>The column “status” of the layer “{}” does not take “{}”: it must hold text.</source>
   <translation>La colonne « status » de la couche « {} » n’accepte pas « {} » : elle doit contenir du texte.</translation>
  </message>
  <message>
   <source>rejected in review</source>
   <translation>rejeté à la relecture</translation>
  </message>
  <message>
   <source>Nothing left to look at.</source>
   <translation>Plus rien à revoir.</translation>
  </message>
  <message>
   <source>Nothing to look at.</source>
   <translation>Rien à revoir.</translation>
  </message>
  <message>
   <source>Polygons</source>
   <translation>Polygones</translation>
  </message>
  <message>
   <source>Also those that are accepted</source>
   <translation>Aussi ceux acceptés</translation>
  </message>
  <message>
   <source>Outlines alone, coloured by score</source>
   <translation>Contours seuls, colorés selon le score</translation>
  </message>
  <message>
   <source>Begin with the least certain</source>
   <translation>Commencer par le moins sûr</translation>
  </message>
  <message>
   <source>Accept (Enter or A)</source>
   <translation>Accepter (Entrée ou A)</translation>
  </message>
  <message>
   <source>Fix with more clicks (F)</source>
   <translation>Corriger avec d’autres clics (F)</translation>
  </message>
  <message>
   <source>Reject (R)</source>
   <translation>Rejeter (R)</translation>
  </message>
  <message>
   <source>Next (N)</source>
   <translation>Suivant (N)</translation>
  </message>
  <message>
   <source>Back (B)</source>
   <translation>Retour (B)</translation>
  </message>
  <message>
   <source>Environment…</source>
   <translation>Environnement…</translation>
  </message>
  <message>
   <source>all</source>
   <translation>tous</translation>
  </message>
  <message>
   <source>Processor threads</source>
   <translation>Fils du processeur</translation>
  </message>
  <message>
   <source>Memory for raster blocks</source>
   <translation>Mémoire pour les blocs du raster</translation>
  </message>
  <message>
   <source>What was looked at once is kept on disk, up to this size</source>
   <translation>Ce qui a été vu une fois reste sur le disque, jusqu’à cette taille</translation>
  </message>
  <message>
   <source>Disk for embeddings</source>
   <translation>Disque pour les plongements</translation>
  </message>
  <message>
   <source>Folder of embeddings</source>
   <translation>Dossier des plongements</translation>
  </message>
  <message>
   <source>Folder of models</source>
   <translation>Dossier des modèles</translation>
  </message>
  <message>
   <source>the publisher's server</source>
   <translation>le serveur de l’éditeur</translation>
  </message>
  <message>
   <source>Models come from</source>
   <translation>Les modèles viennent de</translation>
  </message>
  <message>
   <source>Environment, adapters and clicks; administrators set it by RESAM_HOME</source>
   <translation>Environnement, adaptateurs et clics ; les administrateurs le fixent par RESAM_HOME</translation>
  </message>
  <message>
   <source>Data</source>
   <translation>Données</translation>
  </message>
  <message>
   <source>in the user's cache</source>
   <translation>dans le cache de l’utilisateur</translation>
  </message>
  <message>
   <source>Download</source>
   <translation>Télécharger</translation>
  </message>
  <message>
   <source>Outline</source>
   <translation>Contour</translation>
  </message>
  <message>
   <source>Largest part of the outline</source>
   <translation>Plus grande partie du contour</translation>
  </message>
  <message>
   <source>Right angles (buildings)</source>
   <translation>Angles droits (bâtiments)</translation>
  </message>
  <message>
   <source>Rotated box (ships, vehicles)</source>
   <translation>Rectangle orienté (navires, véhicules)</translation>
  </message>
  <message>
   <source>Open a raster, or the sample scene.</source>
   <translation>Ouvrez un raster, ou la scène d’exemple.</translation>
  </message>
  <message>
   <source>Press “Click objects”, then click a roof. Right click what is not part of it; Enter accepts.</source>
   <translation>Appuyez sur « Cliquer des objets », puis cliquez sur un toit. Clic droit sur ce qui n’en fait pas partie ; Entrée accepte.</translation>
  </message>
  <message>
   <source>Accept two dozen objects. The polygons are in the layer that you chose, as ordinary edits.</source>
   <translation>Acceptez deux douzaines d’objets. Les polygones sont dans la couche choisie, comme des éditions ordinaires.</translation>
  </message>
  <message>
   <source>On the page “Adapt”, let the model learn from your clicks, and read its verdict.</source>
   <translation>À la page « Adapter », laissez le modèle apprendre de vos clics et lisez son verdict.</translation>
  </message>
  <message>
   <source>On the page “Review”, go through the least certain polygons. Whole point layers are for the Processing toolbox.</source>
   <translation>À la page « Revue », parcourez les polygones les moins sûrs. Les couches de points entières vont dans la boîte à outils de traitements.</translation>
  </message>
  <message>
   <source>Manual</source>
   <translation>Manuel</translation>
  </message>
  <message>
   <source>Where to click next</source>
   <translation>Où cliquer ensuite</translation>
  </message>
  <message>
   <source>ReSAM: where to click next</source>
   <translation>ReSAM : où cliquer ensuite</translation>
  </message>
  <message>
   <source>{} places, best first.</source>
   <translation>{} endroits, les meilleurs d’abord.</translation>
  </message>
  <message>
   <source>Column</source>
   <translation>Colonne</translation>
  </message>
  <message>
   <source>Value</source>
   <translation>Valeur</translation>
  </message>
  <message>
   <source>Every new polygon of this class gets these values.</source>
   <translation>Chaque nouveau polygone de cette classe reçoit ces valeurs.</translation>
  </message>
  <message>
   <source>Values of “{}”</source>
   <translation>Valeurs de « {} »</translation>
  </message>
  <message>
   <source>This is an estimate: only reference polygons measure accuracy.</source>
   <translation>C’est une estimation : seuls des polygones de référence mesurent l’exactitude.</translation>
  </message>
  <message>
   <source>Better: the adapter is used from now on.</source>
   <translation>Meilleur : l’adaptateur est utilisé désormais.</translation>
  </message>
  <message>
   <source>No evidence that it is better or worse: look at the pictures, then choose it or not.</source>
   <translation>Aucune preuve qu’il soit meilleur ou moins bon : regardez les images, puis choisissez-le ou non.</translation>
  </message>
  <message>
   <source>Worse: the adapter is kept in the list, but not used.</source>
   <translation>Moins bon : l’adaptateur reste dans la liste, mais n’est pas utilisé.</translation>
  </message>
  <message>
   <source>no class</source>
   <translation>sans classe</translation>
  </message>
  <message>
   <source>Help</source>
   <translation>Aide</translation>
  </message>
  <message>
   <source>The layer “{}” would need {} × {} pixels and {} tiles here; the limits are {} pixels and {} tiles: zoom out, or click within one view.</source>
   <translation>La couche « {} » demanderait ici {} × {} pixels et {} tuiles ; les limites sont {} pixels et {} tuiles : dézoomez, ou cliquez dans une seule vue.</translation>
  </message>
  <message>
   <source>The layer “{}” gave no picture of this view: is the service there?</source>
   <translation>La couche « {} » n’a donné aucune image de cette vue : le service répond-il ?</translation>
  </message>
  <message>
   <source>the disk is full, or the folder cannot be written</source>
   <translation>le disque est plein, ou le dossier n'est pas accessible en écriture</translation>
  </message>
  <message>
   <source>ReSAM: picture of {}</source>
   <translation>ReSAM : image de {}</translation>
  </message>
  <message>
   <source>Cancelled; nothing was changed.</source>
   <translation>Annulé ; rien n’a été changé.</translation>
  </message>
  <message>
   <source>The layer “{}” cannot show so much of the world: zoom in.</source>
   <translation>La couche « {} » ne peut pas montrer autant du monde : zoomez.</translation>
  </message>
  <message>
   <source>The view does not touch the layer “{}”.</source>
   <translation>La vue ne touche pas la couche « {} ».</translation>
  </message>
  <message>
   <source>Open in the browser</source>
   <translation>Ouvrir dans le navigateur</translation>
  </message>
  <message>
   <source>Report of “{}”</source>
   <translation>Rapport de « {} »</translation>
  </message>
  <message>
   <source>Plugin and environment do not fit each other: update the environment.</source>
   <translation>L’extension et l’environnement ne vont pas ensemble : mettez l’environnement à jour.</translation>
  </message>
  <message>
   <source>The environment is from another version of the plugin: update it.</source>
   <translation>L’environnement vient d’une autre version de l’extension : mettez-le à jour.</translation>
  </message>
  <message>
   <source>The environment does not run any more: repair it.</source>
   <translation>L’environnement ne fonctionne plus : réparez-le.</translation>
  </message>
  <message>
   <source>it said nothing</source>
   <translation>il n’a rien dit</translation>
  </message>
  <message>
   <source>The environment is not set up yet: open ReSAM ▸ Environment.</source>
   <translation>L’environnement n’est pas encore installé : ouvrez ReSAM ▸ Environnement.</translation>
  </message>
  <message>
   <source>The engine ended unexpectedly: {}</source>
   <translation>Le moteur s’est terminé de façon inattendue : {}</translation>
  </message>
  <message>
   <source>The engine cannot be started: {}</source>
   <translation>Le moteur ne peut pas démarrer : {}</translation>
  </message>
  <message>
   <source>The chosen Python does not exist any more: {}</source>
   <translation>Le Python choisi n’existe plus : {}</translation>
  </message>
  <message>
   <source>Learning takes about {}: {} steps on {} tiles. Before and after it, objects are measured.</source>
   <translation>L’apprentissage prend environ {} : {} pas sur {} tuiles. Avant et après, des objets sont mesurés.</translation>
  </message>
  <message>
   <source>{} objects to learn from, {} held out to measure with.</source>
   <translation>{} objets pour apprendre, {} mis de côté pour mesurer.</translation>
  </message>
  <message>
   <source>Stopped at step {}: the targets drifted away from the clicks.</source>
   <translation>Arrêté au pas {} : les cibles se sont éloignées des clics.</translation>
  </message>
  <message>
   <source>{} of {}, about {} left</source>
   <translation>{} sur {}, encore environ {}</translation>
  </message>
  <message>
   <source>creating the environment</source>
   <translation>création de l’environnement</translation>
  </message>
  <message>
   <source>installing the installer</source>
   <translation>installation de l’installateur</translation>
  </message>
  <message>
   <source>reading the index</source>
   <translation>lecture de l’index</translation>
  </message>
  <message>
   <source>installing PyTorch</source>
   <translation>installation de PyTorch</translation>
  </message>
  <message>
   <source>installing the other packages</source>
   <translation>installation des autres paquets</translation>
  </message>
  <message>
   <source>testing it</source>
   <translation>essai</translation>
  </message>
  <message>
   <source>ready</source>
   <translation>prêt</translation>
  </message>
  <message>
   <source>outside the raster</source>
   <translation>hors du raster</translation>
  </message>
  <message>
   <source>on nodata</source>
   <translation>sur une zone sans données</translation>
  </message>
  <message>
   <source>smaller than the minimum area</source>
   <translation>plus petit que la surface minimale</translation>
  </message>
  <message>
   <source>next to nothing changed</source>
   <translation>presque rien n’a changé</translation>
  </message>
  <message>
   <source>the interval of the difference holds zero</source>
   <translation>l’intervalle de la différence contient zéro</translation>
  </message>
  <message>
   <source>too few objects to tell: at least {} are needed</source>
   <translation>trop peu d’objets pour juger : il en faut au moins {}</translation>
  </message>
  <message>
   <source>the whole interval of the difference lies below zero</source>
   <translation>tout l’intervalle de la différence est au-dessous de zéro</translation>
  </message>
  <message>
   <source>the whole interval of the difference lies above zero</source>
   <translation>tout l’intervalle de la différence est au-dessus de zéro</translation>
  </message>
  <message>
   <source>no object was held out</source>
   <translation>aucun objet n’a été mis de côté</translation>
  </message>
  <message>
   <source>no mask broke, and scores without a calibration cannot tell better from worse</source>
   <translation>aucun masque ne s’est dégradé, et des scores sans étalonnage ne distinguent pas le meilleur du moins bon</translation>
  </message>
  <message>
   <source>the expected change is too small to tell its sign</source>
   <translation>le changement attendu est trop faible pour en connaître le signe</translation>
  </message>
  <message>
   <source>the clicks are answered with much higher scores</source>
   <translation>les clics reçoivent des réponses aux scores bien plus élevés</translation>
  </message>
  <message>
   <source>the scores let expect a loss: look at what changed</source>
   <translation>les scores laissent attendre une perte : regardez ce qui a changé</translation>
  </message>
  <message>
   <source>There is nothing to learn from: accept some objects first.</source>
   <translation>Il n’y a rien à apprendre : acceptez d’abord quelques objets.</translation>
  </message>
  <message>
   <source>The model found nothing at any example: click other objects.</source>
   <translation>Le modèle n’a rien trouvé à aucun exemple : cliquez d’autres objets.</translation>
  </message>
  <message>
   <source>No example lies on the raster.</source>
   <translation>Aucun exemple ne se trouve sur le raster.</translation>
  </message>
  <message>
   <source>From {} examples the scores are rough; more examples make them better.</source>
   <translation>Avec {} exemples les scores sont grossiers ; davantage d’exemples les améliorent.</translation>
  </message>
  <message>
   <source>{} of {} examples look unlike the others: check them.</source>
   <translation>{} exemples sur {} ne ressemblent pas aux autres : vérifiez-les.</translation>
  </message>
  <message>
   <source>expected IoU (no reference polygons)</source>
   <translation>IoU attendue (sans polygones de référence)</translation>
  </message>
  <message>
   <source>mean score (no reference polygons)</source>
   <translation>score moyen (sans polygones de référence)</translation>
  </message>
  <message>
   <source>Outlining {} objects…</source>
   <translation>Tracé de {} objets…</translation>
  </message>
  <message>
   <source>The weights of {} are not on this machine: press ⬇ beside the model.</source>
   <translation>Les poids de {} ne sont pas sur cette machine : appuyez sur ⬇ à côté du modèle.</translation>
  </message>
  <message>
   <source>Continued at step {} of {}.</source>
   <translation>Repris au pas {} sur {}.</translation>
  </message>
  <message>
   <source>Looking at {} tiles…</source>
   <translation>Examen de {} tuiles…</translation>
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
   <translation>Un autre raster a été choisi entre-temps : recommencez.</translation>
  </message>
  <message>
   <source>ReSAM class</source>
   <translation>ReSAM classe</translation>
  </message>
  <message>
   <source>Likely enough</source>
   <translation>Assez probables</translation>
  </message>
  <message>
   <source>ReSAM review</source>
   <translation>Revue ReSAM</translation>
  </message>
  <message>
   <source>ReSAM score</source>
   <translation>ReSAM score</translation>
  </message>
  <message>
   <source>other</source>
   <translation>autre</translation>
  </message>
  <message>
   <source>ReSAM sample scene</source>
   <translation>Scène d’exemple ReSAM</translation>
  </message>
  <message>
   <source>Allow</source>
   <translation>Autoriser</translation>
  </message>
  <message>
   <source>Only if you trust whoever made this file. It holds until QGIS is closed.</source>
   <translation>Seulement si vous faites confiance à l’auteur de ce fichier. Valable jusqu’à la fermeture de QGIS.</translation>
  </message>
  <message>
   <source>A click with “{}” takes about {:.0f} s here. MobileSAM is several times faster.</source>
   <translation>Un clic avec « {} » prend ici environ {:.0f} s. MobileSAM est plusieurs fois plus rapide.</translation>
  </message>
  <message>
   <source>Adapt</source>
   <translation>Adapter</translation>
  </message>
  <message>
   <source>Find</source>
   <translation>Trouver</translation>
  </message>
  <message>
   <source>Review</source>
   <translation>Revue</translation>
  </message>
  <message>
   <source>Batch</source>
   <translation>Lot</translation>
  </message>
  <message>
   <source>Settings</source>
   <translation>Réglages</translation>
  </message>
  <message>
   <source>This place lies beside the raster “{}”, on “{}”.</source>
   <translation>Cet endroit est hors du raster « {} », sur « {} ».</translation>
  </message>
  <message>
   <source>Use MobileSAM</source>
   <translation>Utiliser MobileSAM</translation>
  </message>
  <message>
   <source>{} runs of the queue are unfinished.</source>
   <translation>{} exécutions de la file sont inachevées.</translation>
  </message>
  <message>
   <source>Click on “{}”</source>
   <translation>Cliquer sur « {} »</translation>
  </message>
  <message>
   <source>The engine stopped unexpectedly; your clicks are kept.</source>
   <translation>Le moteur s’est arrêté ; vos clics sont gardés.</translation>
  </message>
  <message>
   <source>The worker was stopped.</source>
   <translation>Le processus a été arrêté.</translation>
  </message>
  <message>
   <source>Starting the engine…</source>
   <translation>Démarrage du moteur…</translation>
  </message>
  <message>
   <source>{path}: does not exist: check the path of the raster</source>
   <translation>{path} : n’existe pas ; vérifiez le chemin du raster</translation>
  </message>
  <message>
   <source>{path}: is a folder: give the raster file in it</source>
   <translation>{path} : est un dossier ; indiquez le fichier raster qu’il contient</translation>
  </message>
  <message>
   <source>{path}: is a vector layer, not a raster: give an image such as a GeoTIFF</source>
   <translation>{path} : est une couche vecteur, pas un raster ; indiquez une image, par exemple un GeoTIFF</translation>
  </message>
  <message>
   <source>{path}: not a raster that GDAL can read, or damaged ({cause})</source>
   <translation>{path} : n’est pas un raster que GDAL sait lire, ou est endommagé ({cause})</translation>
  </message>
  <message>
   <source>{path}: cannot be read, the file may be damaged ({cause})</source>
   <translation>{path} : illisible, le fichier est peut-être endommagé ({cause})</translation>
  </message>
  <message>
   <source>{path}: holds no bands of its own: name one of its subdatasets ({names})</source>
   <translation>{path} : n’a pas de bandes propres ; indiquez un de ses sous-jeux de données ({names})</translation>
  </message>
  <message>
   <source>{path}: has no valid pixel in the chosen bands: all is nodata or transparent</source>
   <translation>{path} : n’a aucun pixel valide dans les bandes choisies ; tout est nodata ou transparent</translation>
  </message>
  <message>
   <source>{path}: is placed by control points (GCPs or RPCs) only: warp it first, with gdalwarp -t_srs EPSG:xxxx</source>
   <translation>{path} : n’est placé que par des points de contrôle (GCP ou RPC) ; redressez-le d’abord avec gdalwarp -t_srs EPSG:xxxx</translation>
  </message>
  <message>
   <source>{path}: states no CRS: give it by --assume-crs EPSG:xxxx, or keep its coordinates as they are by --assume-crs pixel</source>
   <translation>{path} : n’indique pas de SCR ; donnez-le par --assume-crs EPSG:xxxx, ou gardez ses coordonnées par --assume-crs pixel</translation>
  </message>
  <message>
   <source>{path}: has a CRS but no place in it: give it one (gdal_edit.py -a_ullr, or its world file), or keep its coordinates as they are by --assume-crs pixel</source>
   <translation>{path} : a un SCR mais aucune position ; donnez-lui-en une (gdal_edit.py -a_ullr, ou son fichier world), ou gardez ses coordonnées par --assume-crs pixel</translation>
  </message>
  <message>
   <source>{path}: has a CRS of its own, {crs}: leave --assume-crs out</source>
   <translation>{path} : a son propre SCR, {crs} ; omettez --assume-crs</translation>
  </message>
  <message>
   <source>{path}: {count} bands were asked for: give one (grey) or three (red, green, blue) of {bands}</source>
   <translation>{path} : {count} bandes demandées ; indiquez-en une (gris) ou trois (rouge, vert, bleu) parmi {bands}</translation>
  </message>
  <message>
   <source>{path}: there is no band {band}: choose from {bands}</source>
   <translation>{path} : il n’y a pas de bande {band} ; choisissez parmi {bands}</translation>
  </message>
  <message>
   <source>nothing to segment: give --points, --boxes or both</source>
   <translation>rien à segmenter ; indiquez --points, --boxes ou les deux</translation>
  </message>
  <message>
   <source>nothing to learn from: give --points, --polygons or both</source>
   <translation>rien dont apprendre ; indiquez --points, --polygons ou les deux</translation>
  </message>
  <message>
   <source>{path}: cannot be read as a vector layer ({cause})</source>
   <translation>{path} : illisible comme couche vecteur ({cause})</translation>
  </message>
  <message>
   <source>{path}: has no layer '{layer}'; it has: {names}</source>
   <translation>{path} : n’a pas de couche « {layer} » ; il contient : {names}</translation>
  </message>
  <message>
   <source>{layer}: the layer has no features; add at least one {kind} and save the edits</source>
   <translation>{layer} : la couche est vide ; ajoutez au moins une entité (type : {kind}) et enregistrez les modifications</translation>
  </message>
  <message>
   <source>{layer}: is a table without geometry; give a layer of {kind}s</source>
   <translation>{layer} : est une table sans géométrie ; indiquez une couche (type : {kind})</translation>
  </message>
  <message>
   <source>{layer}: holds {found}, not {kind}s; give a layer of {kind}s</source>
   <translation>{layer} : contient {found}, pas {kind} ; indiquez une couche de type {kind}</translation>
  </message>
  <message>
   <source>{layer}: has no field '{field}' to group by; its fields are: {names}</source>
   <translation>{layer} : n’a pas de champ « {field} » pour grouper ; ses champs sont : {names}</translation>
  </message>
  <message>
   <source>{layer}: has no geometry and no x/y or lon/lat columns; its fields are: {names}</source>
   <translation>{layer} : n’a ni géométrie ni colonnes x/y ou lon/lat ; ses champs sont : {names}</translation>
  </message>
  <message>
   <source>{layer}: does not touch the raster; check its CRS and extent</source>
   <translation>{layer} : ne touche pas le raster ; vérifiez son SCR et son emprise</translation>
  </message>
  <message>
   <source>{path}: no click lies on the raster; check extent and CRS</source>
   <translation>{path} : aucun clic n’est sur le raster ; vérifiez l’emprise et le SCR</translation>
  </message>
  <message>
   <source>{path}: no object to learn from lies on the raster; check extent and CRS</source>
   <translation>{path} : aucun objet dont apprendre n’est sur le raster ; vérifiez l’emprise et le SCR</translation>
  </message>
  <message>
   <source>{path}: none of its polygons holds a click; check its extent and CRS</source>
   <translation>{path} : aucun de ses polygones ne contient de clic ; vérifiez son emprise et son SCR</translation>
  </message>
  <message>
   <source>{count} objects lie within {span} pixels around ({x}, {y}), and one window has room for {most}: if they are clicks of fewer objects, give them object_id</source>
   <translation>{count} objets se trouvent à moins de {span} pixels de ({x}, {y}), et une fenêtre en admet {most} ; si ce sont des clics de moins d’objets, donnez-leur object_id</translation>
  </message>
  <message>
   <source>no model or file is called '{name}': {hint}</source>
   <translation>aucun modèle ni fichier ne s’appelle « {name} » : {hint}</translation>
  </message>
  <message>
   <source>{path} is a folder; give a weights file, or an adapter folder as --adapter</source>
   <translation>{path} est un dossier ; indiquez un fichier de poids, ou un dossier d’adaptateur comme --adapter</translation>
  </message>
  <message>
   <source>there is too little memory; use a smaller model or --device cpu</source>
   <translation>la mémoire ne suffit pas ; prenez un modèle plus petit ou --device cpu</translation>
  </message>
  <message>
   <source>the weights of {model} ({file}) are not in {folder}; fetch them with: python -m engine.models fetch {model}</source>
   <translation>les poids de {model} ({file}) ne sont pas dans {folder} ; téléchargez-les par : python -m engine.models fetch {model}</translation>
  </message>
  <message>
   <source>{path} has SHA-256 {found}…, not the published {published}…; replace it with: python -m engine.models fetch {model}</source>
   <translation>{path} a le SHA-256 {found}…, et non {published}… comme publié ; remplacez-le par : python -m engine.models fetch {model}</translation>
  </message>
  <message>
   <source>{folder} holds no {file} ({cause}): not an adapter?</source>
   <translation>{folder} ne contient pas {file} ({cause}) ; est-ce un adaptateur ?</translation>
  </message>
  <message>
   <source>adapter {folder} was trained on weights {base}…, but {model} has {found}…: load the model it was trained on, or train it again on this one</source>
   <translation>l’adaptateur {folder} a été entraîné sur les poids {base}…, mais {model} a {found}… ; chargez le modèle sur lequel il a été entraîné, ou entraînez-le de nouveau sur celui-ci</translation>
  </message>
  <message>
   <source>device 'cuda' finds no usable GPU or driver; check nvidia-smi, or use --device cpu</source>
   <translation>le périphérique « cuda » ne trouve ni GPU ni pilote utilisable ; vérifiez nvidia-smi, ou prenez --device cpu</translation>
  </message>
  <message>
   <source>device 'cuda' needs a CUDA build of torch, and {version} is not one; install one, or use --device auto or cpu</source>
   <translation>le périphérique « cuda » demande un torch avec CUDA, et {version} n’en est pas un ; installez-en un, ou prenez --device auto ou cpu</translation>
  </message>
  <message>
   <source>{path}: exists already; choose another name or overwrite</source>
   <translation>{path} : existe déjà ; choisissez un autre nom ou écrasez-le</translation>
  </message>
  <message>
   <source>{path}: {names} exists already; choose another name or overwrite</source>
   <translation>{path} : {names} existe déjà ; choisissez un autre nom ou écrasez-le</translation>
  </message>
  <message>
   <source>{path}: has a layer '{layer}', which exists already; choose another name or overwrite</source>
   <translation>{path} : a déjà une couche « {layer} » ; choisissez un autre nom ou écrasez-la</translation>
  </message>
  <message>
   <source>{path}: is read by this run ({option}); it would be lost: choose another {instead}</source>
   <translation>{path} : est lu par cette exécution ({option}) et serait perdu ; choisissez un autre {instead}</translation>
  </message>
  <message>
   <source>{path}: the folder {folder} does not exist; create it first</source>
   <translation>{path} : le dossier {folder} n’existe pas ; créez-le d’abord</translation>
  </message>
  <message>
   <source>{path}: is a folder; give another file name</source>
   <translation>{path} : est un dossier ; indiquez un autre nom de fichier</translation>
  </message>
  <message>
   <source>{path}: cannot write to the folder {folder} ({cause})</source>
   <translation>{path} : impossible d’écrire dans le dossier {folder} ({cause})</translation>
  </message>
  <message>
   <source>{path}: could not be written ({cause})</source>
   <translation>{path} : n’a pas pu être écrit ({cause})</translation>
  </message>
  <message>
   <source>{folder}: another run is writing this output; wait for it</source>
   <translation>{folder} : une autre exécution écrit cette sortie ; attendez qu’elle finisse</translation>
  </message>
  <message>
   <source>{folder}: holds an unfinished run; continue it with --resume, or use --overwrite</source>
   <translation>{folder} : contient une exécution inachevée ; continuez-la par --resume, ou prenez --overwrite</translation>
  </message>
  <message>
   <source>{folder}: holds an adapter already; choose another --out, or --overwrite</source>
   <translation>{folder} : contient déjà un adaptateur ; choisissez un autre --out, ou --overwrite</translation>
  </message>
 </context>
</TS>
