<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh" sourcelanguage="en">
 <context>
  <name>ReSAM</name>
  <message>
   <source>better</source>
   <translation>更好</translation>
  </message>
  <message>
   <source>no evidence</source>
   <translation>无证据</translation>
  </message>
  <message>
   <source>worse</source>
   <translation>更差</translation>
  </message>
  <message>
   <source>{} is no adapter.</source>
   <translation>{} 不是适配器。</translation>
  </message>
  <message>
   <source>{} cannot be written: {}</source>
   <translation>无法写入 {}：{}</translation>
  </message>
  <message>
   <source>Adapt to points</source>
   <translation>适配到点</translation>
  </message>
  <message>
   <source>Trains a small adapter (LoRA) from points alone; no masks are drawn. A share of the objects is held out and measured before and after: better, no evidence, or worse. With reference polygons that is the true overlap; without, an estimate. The report shows what changed.</source>
   <translation>仅用点训练一个小型适配器（LoRA），无需绘制掩膜。部分对象被留出，在训练前后测量：更好、无证据或更差。有参考多边形时测量真实重叠，否则是估计值。报告会显示变化。</translation>
  </message>
  <message>
   <source>Reference polygons, to measure with (optional)</source>
   <translation>用于测量的参考多边形（可选）</translation>
  </message>
  <message>
   <source>Rasters</source>
   <translation>栅格</translation>
  </message>
  <message>
   <source>Preset</source>
   <translation>预设</translation>
  </message>
  <message>
   <source>Stop after about this many minutes</source>
   <translation>大约在此分钟数后停止</translation>
  </message>
  <message>
   <source>Share of the objects that is held out</source>
   <translation>留出对象的比例</translation>
  </message>
  <message>
   <source>Seed</source>
   <translation>随机种子</translation>
  </message>
  <message>
   <source>Adapter (a new folder)</source>
   <translation>适配器（新文件夹）</translation>
  </message>
  <message>
   <source>Report</source>
   <translation>报告</translation>
  </message>
  <message>
   <source>Verdict</source>
   <translation>结论</translation>
  </message>
  <message>
   <source>Change</source>
   <translation>变化</translation>
  </message>
  <message>
   <source>Choose at least one raster.</source>
   <translation>请至少选择一个栅格。</translation>
  </message>
  <message>
   <source>The folder is not empty: {}</source>
   <translation>文件夹不为空：{}</translation>
  </message>
  <message>
   <source>Bands</source>
   <translation>波段</translation>
  </message>
  <message>
   <source>One, or red, green and blue; if none is chosen, their colours decide</source>
   <translation>一个，或红、绿、蓝；如未选择，则按颜色自动决定</translation>
  </message>
  <message>
   <source>Let files lead to the network</source>
   <translation>允许文件通向网络</translation>
  </message>
  <message>
   <source>Only if you trust whoever made them</source>
   <translation>仅当您信任其制作者时</translation>
  </message>
  <message>
   <source>Points</source>
   <translation>点</translation>
  </message>
  <message>
   <source>The columns object_id, label and class are used, where there are any</source>
   <translation>如有 object_id、label、class 列则使用</translation>
  </message>
  <message>
   <source>Model</source>
   <translation>模型</translation>
  </message>
  <message>
   <source>A model by name, or the path of a weights file</source>
   <translation>按名称选择模型，或给出权重文件的路径</translation>
  </message>
  <message>
   <source>Raster</source>
   <translation>栅格</translation>
  </message>
  <message>
   <source>Adapter</source>
   <translation>适配器</translation>
  </message>
  <message>
   <source>One of yours by name, or the path of its folder; it must fit the model</source>
   <translation>您的适配器之一的名称，或其文件夹的路径；必须与模型匹配</translation>
  </message>
  <message>
   <source>Device</source>
   <translation>设备</translation>
  </message>
  <message>
   <source>Arithmetic precision</source>
   <translation>运算精度</translation>
  </message>
  <message>
   <source>Choose one band, or three.</source>
   <translation>请选择一个或三个波段。</translation>
  </message>
  <message>
   <source>if you trust whoever made it, check “{}” among the advanced parameters</source>
   <translation>如果您信任其制作者，请在高级参数中勾选“{}”</translation>
  </message>
  <message>
   <source>The engine's result cannot be read: {}</source>
   <translation>无法读取结果：{}</translation>
  </message>
  <message>
   <source>The layer “{}” is no file: save it as GeoTIFF first (Export ▸ Save As…).</source>
   <translation>图层“{}”不是文件：请先另存为 GeoTIFF（导出 ▸ 另存为…）。</translation>
  </message>
  <message>
   <source>Encode raster</source>
   <translation>编码栅格</translation>
  </message>
  <message>
   <source>Computes what the model needs to know of a raster and keeps it on disk, so that later clicks are answered at once. With points, only the ground around them. The oldest entries go first when the limit is reached.</source>
   <translation>计算模型所需的栅格信息并保存在磁盘上，使后续点击立即得到回应。若给出点，则只处理其周围。达到上限时先删除最旧的条目。</translation>
  </message>
  <message>
   <source>Most that is kept (GB)</source>
   <translation>最多保留（GB）</translation>
  </message>
  <message>
   <source>Evaluate against reference polygons</source>
   <translation>用参考多边形评估</translation>
  </message>
  <message>
   <source>Segments the points and compares every polygon with the reference polygon that holds its point: mean IoU with its 95 % interval, F1, and how many objects were missed.</source>
   <translation>分割各点，并将每个多边形与包含该点的参考多边形比较：平均 IoU 及 95% 区间、F1，以及遗漏的对象数。</translation>
  </message>
  <message>
   <source>Reference polygons</source>
   <translation>参考多边形</translation>
  </message>
  <message>
   <source>Mean IoU</source>
   <translation>平均 IoU</translation>
  </message>
  <message>
   <source>Mean F1</source>
   <translation>平均 F1</translation>
  </message>
  <message>
   <source>Objects</source>
   <translation>对象数</translation>
  </message>
  <message>
   <source>Find all like these</source>
   <translation>查找所有类似对象</translation>
  </message>
  <message>
   <source>Click a few objects of one kind, five to twenty if you can, and all others of the raster come back as polygons, each with the probability that it is right. Polygons that stand come back as they were; those with status rejected stay away. A column class tells several kinds apart.</source>
   <translation>点击几个同类对象(最好五到二十个),栅格中其余的同类对象将以多边形返回,每个都带有其正确的概率。已确定的多边形原样返回;状态为 rejected 的不再出现。class 列用于区分多个类别。</translation>
  </message>
  <message>
   <source>Found</source>
   <translation>找到的对象</translation>
  </message>
  <message>
   <source>Look in these polygons</source>
   <translation>在这些多边形内查找</translation>
  </message>
  <message>
   <source>Leave out lower scores</source>
   <translation>舍弃得分更低的对象</translation>
  </message>
  <message>
   <source>At most that many, the best</source>
   <translation>最多保留多少个(取最好的)</translation>
  </message>
  <message>
   <source>Continue a run that was stopped</source>
   <translation>继续已停止的运行</translation>
  </message>
  <message>
   <source>Polygons of such objects, or an earlier output</source>
   <translation>此类对象的多边形,或先前的输出</translation>
  </message>
  <message>
   <source>Points or polygons of what is no such object</source>
   <translation>不属于此类对象的点或多边形</translation>
  </message>
  <message>
   <source>Adapt the model to the points first</source>
   <translation>先让模型适应这些点</translation>
  </message>
  <message>
   <source>Give points, or polygons, of some objects to find others like them.</source>
   <translation>请提供一些对象的点或多边形,以查找其他类似对象。</translation>
  </message>
  <message>
   <source>none</source>
   <translation>无</translation>
  </message>
  <message>
   <source>Segment everything</source>
   <translation>分割全部对象</translation>
  </message>
  <message>
   <source>Outlines every distinct object of an area, whatever it is. The score is the IoU with the true outline to expect. To find one kind of object, use “Find all like these”.</source>
   <translation>勾画区域内每个独立的对象,无论是什么。得分是与真实轮廓的预期 IoU。若要查找某一类对象,请使用“查找所有类似对象”。</translation>
  </message>
  <message>
   <source>objects</source>
   <translation>对象</translation>
  </message>
  <message>
   <source>Segment points</source>
   <translation>分割点</translation>
  </message>
  <message>
   <source>Finds the object under every point and returns its outline, with a score. Points with the same object_id belong to one object; label 0 excludes. Other columns travel along. Objects that were not found are rows without geometry that say why.</source>
   <translation>找到每个点下的对象并返回带评分的轮廓。object_id 相同的点属于同一对象；label 0 表示排除。其他列一并保留。未找到的对象是无几何的行，并说明原因。</translation>
  </message>
  <message>
   <source>Refine the first mask</source>
   <translation>精化首个掩膜</translation>
  </message>
  <message>
   <source>Ask again with the refined mask's box</source>
   <translation>用精化掩膜的外框再次查询</translation>
  </message>
  <message>
   <source>Look again at small and large objects, finer and coarser</source>
   <translation>以更细和更粗的尺度再看小对象和大对象</translation>
  </message>
  <message>
   <source>Look at everything turned by half, too: better from one click, twice as long</source>
   <translation>把所有内容旋转 180° 再看一次：单次点击时效果更好，用时加倍</translation>
  </message>
  <message>
   <source>The project has no map theme “{}” with layers.</source>
   <translation>项目中没有带图层的地图主题“{}”。</translation>
  </message>
  <message>
   <source>Shape of the polygons</source>
   <translation>多边形的形状</translation>
  </message>
  <message>
   <source>Simplify (pixels)</source>
   <translation>简化（像素）</translation>
  </message>
  <message>
   <source>Reject smaller ones (m²)</source>
   <translation>拒绝更小的（m²）</translation>
  </message>
  <message>
   <source>Close gaps between neighbours (pixels)</source>
   <translation>闭合相邻多边形之间的缝隙（像素）</translation>
  </message>
  <message>
   <source>Let polygons share area</source>
   <translation>允许多边形重叠</translation>
  </message>
  <message>
   <source>Only points in this extent</source>
   <translation>仅限此范围内的点</translation>
  </message>
  <message>
   <source>Only points in the extent of this map theme's layers</source>
   <translation>仅此地图主题图层范围内的点</translation>
  </message>
  <message>
   <source>Segments</source>
   <translation>分割结果</translation>
  </message>
  <message>
   <source>Give an extent or a map theme, not both.</source>
   <translation>请给出范围或地图主题，不能同时给出两者。</translation>
  </message>
  <message>
   <source>Suggest where to click next</source>
   <translation>建议下一步点击位置</translation>
  </message>
  <message>
   <source>Around the points so far, looks for places that resemble the clicked objects and of which the model is unsure, and for clicked objects that it gets differently each time. Best first, by expected gain.</source>
   <translation>在已有点周围寻找与所点对象相似而模型不确定的位置，以及每次结果不同的已点对象。按预期收益排序。</translation>
  </message>
  <message>
   <source>How many places</source>
   <translation>位置数量</translation>
  </message>
  <message>
   <source>Suggestions</source>
   <translation>建议</translation>
  </message>
  <message>
   <source>Remove the environment? Adapters and settings stay.</source>
   <translation>移除环境？适配器和设置会保留。</translation>
  </message>
  <message>
   <source>{}

Download Python {} (about {} MB) into {}? Nothing else on this machine changes.</source>
   <translation>{}

是否下载 Python {}（约 {} MB）到 {}？此计算机上的其他内容不会改变。</translation>
  </message>
  <message>
   <source>Removed.</source>
   <translation>已移除。</translation>
  </message>
  <message>
   <source>ReSAM: environment</source>
   <translation>ReSAM：环境</translation>
  </message>
  <message>
   <source>For the processor (works everywhere)</source>
   <translation>用于处理器（处处可用）</translation>
  </message>
  <message>
   <source>For an NVIDIA GPU (CUDA)</source>
   <translation>用于 NVIDIA GPU（CUDA）</translation>
  </message>
  <message>
   <source>A Python of my own that has the packages</source>
   <translation>我自己的、已装好软件包的 Python</translation>
  </message>
  <message>
   <source>Folder of wheels, to install without a network (optional)</source>
   <translation>wheel 文件夹，用于离线安装（可选）</translation>
  </message>
  <message>
   <source>Address of an index with PyTorch's CUDA build and its hashes</source>
   <translation>提供 PyTorch CUDA 版本及其哈希值的索引地址</translation>
  </message>
  <message>
   <source>Close</source>
   <translation>关闭</translation>
  </message>
  <message>
   <source>Open the sample scene</source>
   <translation>打开示例场景</translation>
  </message>
  <message>
   <source>Copied. Passwords and keys are left out.</source>
   <translation>已复制。不含密码和密钥。</translation>
  </message>
  <message>
   <source>Some files could not be removed: delete {} when QGIS is closed.</source>
   <translation>有些文件无法移除：请在关闭 QGIS 后删除 {}。</translation>
  </message>
  <message>
   <source>Cancelled; what was downloaded is kept.</source>
   <translation>已取消；已下载的内容会保留。</translation>
  </message>
  <message>
   <source>This Python cannot run the engine: {}</source>
   <translation>此 Python 无法运行引擎：{}</translation>
  </message>
  <message>
   <source>The engine needs a Python environment of its own. QGIS itself is not changed.</source>
   <translation>引擎需要独立的 Python 环境。QGIS 本身不会改动。</translation>
  </message>
  <message>
   <source>Takes {needed:g} GB of {free:.0f} GB free in {place}</source>
   <translation>需要 {needed:g} GB，{place} 剩余 {free:.0f} GB</translation>
  </message>
  <message>
   <source>Use it</source>
   <translation>使用</translation>
  </message>
  <message>
   <source>Set up</source>
   <translation>设置</translation>
  </message>
  <message>
   <source>Testing…</source>
   <translation>正在测试…</translation>
  </message>
  <message>
   <source>Stopping…</source>
   <translation>正在停止…</translation>
  </message>
  <message>
   <source>Step {} of {}: {}</source>
   <translation>第 {} 步，共 {} 步：{}</translation>
  </message>
  <message>
   <source>It works; it is used from now on.</source>
   <translation>可用，从现在起使用。</translation>
  </message>
  <message>
   <source>The GPU cannot be used: {}

Set up for the processor instead?</source>
   <translation>无法使用 GPU：{}

改为用处理器安装吗？</translation>
  </message>
  <message>
   <source>Cancel</source>
   <translation>取消</translation>
  </message>
  <message>
   <source>Repair</source>
   <translation>修复</translation>
  </message>
  <message>
   <source>Remove</source>
   <translation>移除</translation>
  </message>
  <message>
   <source>Copy diagnostics</source>
   <translation>复制诊断信息</translation>
  </message>
  <message>
   <source>Folder of wheels</source>
   <translation>wheel 文件夹</translation>
  </message>
  <message>
   <source>Python</source>
   <translation>Python</translation>
  </message>
  <message>
   <source>In use: {}</source>
   <translation>正在使用：{}</translation>
  </message>
  <message>
   <source>Name the index that offers PyTorch's CUDA build for this system.</source>
   <translation>请填写提供适用于此系统的 PyTorch CUDA 版本的索引。</translation>
  </message>
  <message>
   <source>Ready: click the first object.</source>
   <translation>就绪：点击第一个对象。</translation>
  </message>
  <message>
   <source>No such folder: {}</source>
   <translation>没有该文件夹：{}</translation>
  </message>
  <message>
   <source>Name the program of that Python: “{}” is no file.</source>
   <translation>请指定该 Python 的程序：“{}”不是文件。</translation>
  </message>
  <message>
   <source>The environment is ready ({}).</source>
   <translation>环境已就绪（{}）。</translation>
  </message>
  <message>
   <source>if you trust whoever made it, click on it and press “Allow”, then try the run again</source>
   <translation>如果您信任其制作者，请在其上点击并按“允许”，然后重试该运行</translation>
  </message>
  <message>
   <source>ReSAM: {}</source>
   <translation>ReSAM：{}</translation>
  </message>
  <message>
   <source>{} cannot be written.</source>
   <translation>无法写入 {}。</translation>
  </message>
  <message>
   <source>Another QGIS is setting up the environment: wait for it.</source>
   <translation>另一个 QGIS 正在设置环境：请等待其完成。</translation>
  </message>
  <message>
   <source>Copied.</source>
   <translation>已复制。</translation>
  </message>
  <message>
   <source>Accept some objects first.</source>
   <translation>请先接受一些对象。</translation>
  </message>
  <message>
   <source>Its polygon was not saved.</source>
   <translation>其多边形未保存。</translation>
  </message>
  <message>
   <source>There is no polygon to accept: click an object first.</source>
   <translation>没有可接受的多边形：请先点击对象。</translation>
  </message>
  <message>
   <source>What you had clicked before is at hand again.</source>
   <translation>您之前点击的内容已恢复。</translation>
  </message>
  <message>
   <source>Choose the layer that takes the polygons.</source>
   <translation>请选择接收多边形的图层。</translation>
  </message>
  <message>
   <source>The last object was taken back.</source>
   <translation>已撤回最后一个对象。</translation>
  </message>
  <message>
   <source>Fetching a picture of the layer “{}”…</source>
   <translation>正在获取图层“{}”的图像…</translation>
  </message>
  <message>
   <source>Nothing was found there: {}</source>
   <translation>该处未找到对象：{}</translation>
  </message>
  <message>
   <source>{} exists and holds: {}. Add a layer for the polygons? What it holds stays as it is.</source>
   <translation>{} 已存在，包含：{}。是否为多边形添加一个图层？原有内容保持不变。</translation>
  </message>
  <message>
   <source>ReSAM</source>
   <translation>ReSAM</translation>
  </message>
  <message>
   <source>Click</source>
   <translation>点击</translation>
  </message>
  <message>
   <source>The polygons go to the scratch layer “{}”: save it before you close the project.</source>
   <translation>多边形写入临时图层“{}”：关闭工程前请先保存。</translation>
  </message>
  <message>
   <source>Download the weights of this model</source>
   <translation>下载该模型的权重</translation>
  </message>
  <message>
   <source>New scratch layer</source>
   <translation>新建临时图层</translation>
  </message>
  <message>
   <source>Make a layer for the polygons in a GeoPackage, new or there</source>
   <translation>在新的或已有的 GeoPackage 中新建多边形图层</translation>
  </message>
  <message>
   <source>Polygons go to</source>
   <translation>多边形写入</translation>
  </message>
  <message>
   <source>Class</source>
   <translation>类别</translation>
  </message>
  <message>
   <source>How far outlines may move when vertices go, in pixels</source>
   <translation>简化时轮廓可移动的距离（像素）</translation>
  </message>
  <message>
   <source>Simplify</source>
   <translation>简化</translation>
  </message>
  <message>
   <source>Shape</source>
   <translation>形状</translation>
  </message>
  <message>
   <source>Preview under the mouse</source>
   <translation>鼠标下预览</translation>
  </message>
  <message>
   <source>Click objects</source>
   <translation>点击对象</translation>
  </message>
  <message>
   <source>Accept (Enter)</source>
   <translation>接受 (Enter)</translation>
  </message>
  <message>
   <source>Undo (⌫)</source>
   <translation>撤销 (⌫)</translation>
  </message>
  <message>
   <source>Clear (Esc)</source>
   <translation>清除 (Esc)</translation>
  </message>
  <message>
   <source>Copy as command</source>
   <translation>复制为命令</translation>
  </message>
  <message>
   <source>The same segmentation of your clicks, for a terminal</source>
   <translation>在终端中执行的相同分割</translation>
  </message>
  <message>
   <source>Add layer</source>
   <translation>添加图层</translation>
  </message>
  <message>
   <source>Looking…</source>
   <translation>正在查找…</translation>
  </message>
  <message>
   <source>Tab or Shift and wheel: other masks. Space pans.</source>
   <translation>Tab 或 Shift 加滚轮：其他掩膜。空格平移。</translation>
  </message>
  <message>
   <source>Choose a raster layer first.</source>
   <translation>请先选择栅格图层。</translation>
  </message>
  <message>
   <source>Click an object.</source>
   <translation>请点击对象。</translation>
  </message>
  <message>
   <source>Left click adds, right click or Shift excludes, dragging draws a box.</source>
   <translation>左键添加，右键或 Shift 排除，拖动画框。</translation>
  </message>
  <message>
   <source>about {:.1f} s a click on this machine</source>
   <translation>在此计算机上每次点击约 {:.1f} 秒</translation>
  </message>
  <message>
   <source>Score {score:.2f}, {area:.0f} m²</source>
   <translation>评分 {score:.2f}，{area:.0f} m²</translation>
  </message>
  <message>
   <source>{} objects are waiting.</source>
   <translation>{} 个对象正在等待。</translation>
  </message>
  <message>
   <source>Downloading {}…</source>
   <translation>正在下载 {}…</translation>
  </message>
  <message>
   <source>ReSAM: download {}</source>
   <translation>ReSAM：下载 {}</translation>
  </message>
  <message>
   <source>{} is ready.</source>
   <translation>{} 已就绪。</translation>
  </message>
  <message>
   <source>There is no polygon of the layer “{}” here.</source>
   <translation>此处没有图层“{}”的多边形。</translation>
  </message>
  <message>
   <source>Click what belongs to it or does not, then accept.</source>
   <translation>点击属于或不属于它的部分，然后接受。</translation>
  </message>
  <message>
   <source>This polygon has no holes.</source>
   <translation>此多边形没有孔洞。</translation>
  </message>
  <message>
   <source>This polygon has one part only.</source>
   <translation>此多边形只有一个部分。</translation>
  </message>
  <message>
   <source>Enter writes it, Esc forgets it.</source>
   <translation>回车写入，Esc 放弃。</translation>
  </message>
  <message>
   <source>Click the polygon that you want to refine.</source>
   <translation>点击要细化的多边形。</translation>
  </message>
  <message>
   <source>Click the polygon whose holes you want to fill.</source>
   <translation>点击要填充孔洞的多边形。</translation>
  </message>
  <message>
   <source>Click the polygon of which you want the largest part alone.</source>
   <translation>点击只想保留最大部分的多边形。</translation>
  </message>
  <message>
   <source>Click the polygons that are one object; the columns of the first are kept.</source>
   <translation>点击属于同一对象的多边形；保留第一个的字段值。</translation>
  </message>
  <message>
   <source>Click on one side of a polygon, then on the other: the line between splits it.</source>
   <translation>先点击多边形一侧，再点击另一侧：两点之间的线将其分割。</translation>
  </message>
  <message>
   <source>Choose the layer whose polygons you want to edit.</source>
   <translation>请选择要编辑其多边形的图层。</translation>
  </message>
  <message>
   <source>Nothing to write: click a polygon first.</source>
   <translation>没有可写入的内容：请先点击一个多边形。</translation>
  </message>
  <message>
   <source>The line crosses no polygon from side to side.</source>
   <translation>该线没有完全穿过任何多边形。</translation>
  </message>
  <message>
   <source>Edit segments</source>
   <translation>编辑分割多边形</translation>
  </message>
  <message>
   <source>The layer “{}” refused the change.</source>
   <translation>图层“{}”拒绝了该更改。</translation>
  </message>
  <message>
   <source>The layer that takes the polygons is gone.</source>
   <translation>接收多边形的图层已不存在。</translation>
  </message>
  <message>
   <source>{} cannot be read.</source>
   <translation>无法读取 {}。</translation>
  </message>
  <message>
   <source>Add finds</source>
   <translation>添加查找结果</translation>
  </message>
  <message>
   <source>{}: found</source>
   <translation>{}:已找到</translation>
  </message>
  <message>
   <source>The layer “{}” refused the polygon.</source>
   <translation>图层“{}”拒绝了该多边形。</translation>
  </message>
  <message>
   <source>Accept an object of class “{}” first: then the view shows what looks like it.</source>
   <translation>请先接受一个类别为“{}”的对象:随后视图会显示与其相似的地方。</translation>
  </message>
  <message>
   <source>Likeness is shown on rasters with a file alone.</source>
   <translation>仅在有文件的栅格上显示相似度。</translation>
  </message>
  <message>
   <source>Accept an object first: then the view shows what looks like it.</source>
   <translation>请先接受一个对象:随后视图会显示与其相似的地方。</translation>
  </message>
  <message>
   <source>At this scale the objects are too small to compare: zoom in.</source>
   <translation>在此比例下对象太小,无法比较:请放大。</translation>
  </message>
  <message>
   <source>Undone in the layer “{}”: {}</source>
   <translation>已在图层“{}”中撤销：{}</translation>
  </message>
  <message>
   <source>The last change of the layer “{}” is your own: undo it in QGIS.</source>
   <translation>图层“{}”的最后一次更改是您自己做的：请在 QGIS 中撤销。</translation>
  </message>
  <message>
   <source>Stopped before there was a polygon.</source>
   <translation>在得到多边形之前已停止。</translation>
  </message>
  <message>
   <source>QGIS ended unexpectedly. The clicks of {} objects and those at hand are back.</source>
   <translation>QGIS 意外退出。{} 个对象的点击以及当前的点击已恢复。</translation>
  </message>
  <message>
   <source>The project's adapter “{}” is not in the list: import it on the page “Adapt”.</source>
   <translation>该项目的适配器“{}”不在列表中：请在“适配”页导入。</translation>
  </message>
  <message>
   <source>{} polygons were not saved (crosses): Enter finds them again, Esc forgets them.</source>
   <translation>{} 个多边形未保存（叉号）：回车重新查找，Esc 放弃。</translation>
  </message>
  <message>
   <source>Polygons of the layer “{}” cover the object, and the project avoids overlaps.</source>
   <translation>图层“{}”的多边形覆盖了该对象，而工程避免重叠。</translation>
  </message>
  <message>
   <source>The layer “{}” does not take the polygon: its column “{}” must hold something else ({}).</source>
   <translation>图层“{}”不接受该多边形：其字段“{}”必须为其他值（{}）。</translation>
  </message>
  <message>
   <source>The polygon cannot be placed in the CRS of the layer “{}”.</source>
   <translation>该多边形无法置于图层“{}”的坐标参考系中。</translation>
  </message>
  <message>
   <source>The layer “{}” is broken: repair its data source first.</source>
   <translation>图层“{}”已损坏：请先修复数据源。</translation>
  </message>
  <message>
   <source>The layer “{}” was set to the CRS {}, but its file states {}: set the layer to that of the file, or correct the file (Raster ▸ Projections ▸ Assign Projection…).</source>
   <translation>图层“{}”被设为坐标参考系 {}，但其文件声明的是 {}：请将图层设回文件的坐标参考系，或更正文件（栅格 ▸ 投影 ▸ 指定投影…）。</translation>
  </message>
  <message>
   <source>The files of these rasters state no CRS, and their layers have several ({}): choose those of one.</source>
   <translation>这些栅格的文件没有声明坐标参考系，而它们的图层有多个（{}）：请只选择其中一个坐标参考系的图层。</translation>
  </message>
  <message>
   <source>The layer “{}” has another CRS than its file: save it as a new file, and choose that one.</source>
   <translation>图层“{}”的坐标参考系与其文件不同：请另存为新文件，然后选择新文件。</translation>
  </message>
  <message>
   <source>Save the layer “{}” to a file first, without filter or unsaved edits.</source>
   <translation>请先将图层“{}”保存为文件，且不带过滤器或未保存的编辑。</translation>
  </message>
  <message>
   <source>This place does not exist in the CRS of the raster.</source>
   <translation>该位置在栅格的坐标参考系中不存在。</translation>
  </message>
  <message>
   <source>The layer “{}” has no CRS: set one in its properties.</source>
   <translation>图层“{}”没有坐标参考系：请在属性中设置。</translation>
  </message>
  <message>
   <source>{:.1f} of about {:.1f} GB, {} so far</source>
   <translation>{:.1f} / 约 {:.1f} GB，已用 {}</translation>
  </message>
  <message>
   <source>about {} left</source>
   <translation>约剩 {}</translation>
  </message>
  <message>
   <source>Add segment</source>
   <translation>添加分割对象</translation>
  </message>
  <message>
   <source>Change segment</source>
   <translation>修改分割对象</translation>
  </message>
  <message>
   <source>The column “{}” of the layer “{}” does not take “{}”: change the values of the class.</source>
   <translation>字段“{}”（图层“{}”）不接受“{}”：请更改该类别的值。</translation>
  </message>
  <message>
   <source>{} exists already.</source>
   <translation>{} 已存在。</translation>
  </message>
  <message>
   <source>{} is no GeoPackage: choose another name.</source>
   <translation>{} 不是 GeoPackage：请选择其他名称。</translation>
  </message>
  <message>
   <source>The polygon is no longer in the layer “{}”.</source>
   <translation>该多边形已不在图层“{}”中。</translation>
  </message>
  <message>
   <source>The layer “{}” cannot be edited.</source>
   <translation>图层“{}”无法编辑。</translation>
  </message>
  <message>
   <source>none: estimate from the clicks</source>
   <translation>无：由点击估计</translation>
  </message>
  <message>
   <source>Starting…</source>
   <translation>正在启动…</translation>
  </message>
  <message>
   <source>ReSAM: adapt to points</source>
   <translation>ReSAM：适配到点</translation>
  </message>
  <message>
   <source>Export adapter</source>
   <translation>导出适配器</translation>
  </message>
  <message>
   <source>Import adapter</source>
   <translation>导入适配器</translation>
  </message>
  <message>
   <source>Clicks so far</source>
   <translation>目前的点击</translation>
  </message>
  <message>
   <source>Learn from</source>
   <translation>学习来源</translation>
  </message>
  <message>
   <source>Measure with</source>
   <translation>测量依据</translation>
  </message>
  <message>
   <source>Name</source>
   <translation>名称</translation>
  </message>
  <message>
   <source>automatic</source>
   <translation>自动</translation>
  </message>
  <message>
   <source>Minutes</source>
   <translation>分钟</translation>
  </message>
  <message>
   <source>Loss</source>
   <translation>损失</translation>
  </message>
  <message>
   <source>{} objects</source>
   <translation>{} 个对象</translation>
  </message>
  <message>
   <source>Choose an adapter on the first page.</source>
   <translation>请在第一页选择适配器。</translation>
  </message>
  <message>
   <source>Exported.</source>
   <translation>已导出。</translation>
  </message>
  <message>
   <source>Imported.</source>
   <translation>已导入。</translation>
  </message>
  <message>
   <source>Remove the adapter “{}” for good?</source>
   <translation>永久移除适配器“{}”？</translation>
  </message>
  <message>
   <source>Adapt to these points</source>
   <translation>适配到这些点</translation>
  </message>
  <message>
   <source>Remove adapter</source>
   <translation>移除适配器</translation>
  </message>
  <message>
   <source>Learned; measuring the objects held out…</source>
   <translation>学习完成；正在测量留出的对象…</translation>
  </message>
  <message>
   <source>about {} s on two cores</source>
   <translation>两核约 {} 秒</translation>
  </message>
  <message>
   <source>click at least {} first</source>
   <translation>请先点击至少 {} 个</translation>
  </message>
  <message>
   <source>Current view</source>
   <translation>当前视图</translation>
  </message>
  <message>
   <source>Rectangle on the map</source>
   <translation>地图上的矩形</translation>
  </message>
  <message>
   <source>Polygons of a layer</source>
   <translation>某图层的多边形</translation>
  </message>
  <message>
   <source>Whole raster</source>
   <translation>整个栅格</translation>
  </message>
  <message>
   <source>Draw the rectangle</source>
   <translation>绘制矩形</translation>
  </message>
  <message>
   <source>Choose the layer of polygons to look in.</source>
   <translation>请选择要在其中查找的多边形图层。</translation>
  </message>
  <message>
   <source>The area has no place in the CRS of the raster.</source>
   <translation>该区域在栅格的坐标参照系中没有位置。</translation>
  </message>
  <message>
   <source>Draw the rectangle first.</source>
   <translation>请先绘制矩形。</translation>
  </message>
  <message>
   <source>The area lies beside the raster “{}”.</source>
   <translation>该区域位于栅格“{}”之外。</translation>
  </message>
  <message>
   <source>The layer “{}” holds no polygon.</source>
   <translation>图层“{}”中没有多边形。</translation>
  </message>
  <message>
   <source>Choose one band, or three: until then they are chosen by their colours.</source>
   <translation>请选择一个或三个波段：在此之前按颜色自动选择。</translation>
  </message>
  <message>
   <source>reads red, green and blue by their colours</source>
   <translation>按颜色读取红、绿、蓝波段</translation>
  </message>
  <message>
   <source>auto</source>
   <translation>自动</translation>
  </message>
  <message>
   <source>as shown</source>
   <translation>按显示</translation>
  </message>
  <message>
   <source>reads bands {} as shown, stretched by ReSAM</source>
   <translation>按显示读取波段 {}，由 ReSAM 拉伸</translation>
  </message>
  <message>
   <source>reads bands {}, stretched by ReSAM</source>
   <translation>读取波段 {}，由 ReSAM 拉伸</translation>
  </message>
  <message>
   <source>One merged layer besides</source>
   <translation>另外生成一个合并图层</translation>
  </message>
  <message>
   <source>Folder of rasters</source>
   <translation>栅格文件夹</translation>
  </message>
  <message>
   <source>waits</source>
   <translation>等待中</translation>
  </message>
  <message>
   <source>runs</source>
   <translation>运行中</translation>
  </message>
  <message>
   <source>done</source>
   <translation>完成</translation>
  </message>
  <message>
   <source>failed</source>
   <translation>失败</translation>
  </message>
  <message>
   <source>Add to the queue</source>
   <translation>加入队列</translation>
  </message>
  <message>
   <source>The selected runs, or those that are done</source>
   <translation>所选任务，或已完成的任务</translation>
  </message>
  <message>
   <source>Check at least one raster and one layer of points.</source>
   <translation>请至少勾选一个栅格和一个点图层。</translation>
  </message>
  <message>
   <source>Choose a folder that is there for the results.</source>
   <translation>请为结果选择一个已存在的文件夹。</translation>
  </message>
  <message>
   <source>Continue</source>
   <translation>继续</translation>
  </message>
  <message>
   <source>Pause</source>
   <translation>暂停</translation>
  </message>
  <message>
   <source>Try again</source>
   <translation>重试</translation>
  </message>
  <message>
   <source>Results go to</source>
   <translation>结果保存到</translation>
  </message>
  <message>
   <source>{} of {} done</source>
   <translation>已完成 {} / {}</translation>
  </message>
  <message>
   <source>{} holds no rasters.</source>
   <translation>{} 中没有栅格。</translation>
  </message>
  <message>
   <source>Held-out objects whose outlines changed most: before above, after below</source>
   <translation>轮廓变化最大的留出对象：上为之前，下为之后</translation>
  </message>
  <message>
   <source>Colour of the class</source>
   <translation>类别颜色</translation>
  </message>
  <message>
   <source>Colour…</source>
   <translation>颜色…</translation>
  </message>
  <message>
   <source>Values…</source>
   <translation>值…</translation>
  </message>
  <message>
   <source>What every polygon of this class gets in other columns</source>
   <translation>此类别的每个多边形在其他字段中的值</translation>
  </message>
  <message>
   <source>Take the class out of the list; its polygons stay</source>
   <translation>从列表中移除该类别；其多边形保留</translation>
  </message>
  <message>
   <source>By class</source>
   <translation>按类别</translation>
  </message>
  <message>
   <source>By score</source>
   <translation>按得分</translation>
  </message>
  <message>
   <source>Colour the polygons by class</source>
   <translation>按类别为多边形着色</translation>
  </message>
  <message>
   <source>Colour the polygons by score</source>
   <translation>按得分为多边形着色</translation>
  </message>
  <message>
   <source>Key</source>
   <translation>按键</translation>
  </message>
  <message>
   <source>Count</source>
   <translation>数量</translation>
  </message>
  <message>
   <source>Area</source>
   <translation>面积</translation>
  </message>
  <message>
   <source>Refine</source>
   <translation>细化</translation>
  </message>
  <message>
   <source>Refine a polygon of the layer with more clicks</source>
   <translation>用更多点击细化图层中的多边形</translation>
  </message>
  <message>
   <source>Fill</source>
   <translation>填充</translation>
  </message>
  <message>
   <source>Fill the holes of a polygon</source>
   <translation>填充多边形的孔洞</translation>
  </message>
  <message>
   <source>Largest</source>
   <translation>最大</translation>
  </message>
  <message>
   <source>Keep the largest part of a polygon alone</source>
   <translation>只保留多边形的最大部分</translation>
  </message>
  <message>
   <source>Merge</source>
   <translation>合并</translation>
  </message>
  <message>
   <source>Make one polygon of several</source>
   <translation>将多个多边形合为一个</translation>
  </message>
  <message>
   <source>Split</source>
   <translation>分割</translation>
  </message>
  <message>
   <source>Split polygons by a line between two clicks</source>
   <translation>用两次点击之间的线分割多边形</translation>
  </message>
  <message>
   <source>ReSAM: find all like these</source>
   <translation>ReSAM:查找所有类似对象</translation>
  </message>
  <message>
   <source>Examples</source>
   <translation>样例</translation>
  </message>
  <message>
   <source>Look in</source>
   <translation>查找范围</translation>
  </message>
  <message>
   <source>click and accept some first</source>
   <translation>请先点击并接受一些</translation>
  </message>
  <message>
   <source>Find again</source>
   <translation>再次查找</translation>
  </message>
  <message>
   <source>{:.1f} megapixels, about {}</source>
   <translation>{:.1f} 百万像素,约 {}</translation>
  </message>
  <message>
   <source>{:.1f} megapixels; how long this model takes is not known yet</source>
   <translation>{:.1f} 百万像素;此模型所需时间尚不清楚</translation>
  </message>
  <message>
   <source>The raster that was searched is gone.</source>
   <translation>被查找的栅格已不存在。</translation>
  </message>
  <message>
   <source>The {} finds that were outlined until then are kept.</source>
   <translation>此前已勾画的 {} 个结果予以保留。</translation>
  </message>
  <message>
   <source>{} rejected</source>
   <translation>{} 个被拒绝</translation>
  </message>
  <message>
   <source>Nothing else like these was found.</source>
   <translation>没有找到其他类似对象。</translation>
  </message>
  <message>
   <source>{} or more make scores surer</source>
   <translation>{} 个以上得分更可靠</translation>
  </message>
  <message>
   <source>Found {}.</source>
   <translation>找到 {} 个。</translation>
  </message>
  <message>
   <source>Finds of a lower score are hidden; nothing is searched for again.</source>
   <translation>得分更低的结果会被隐藏;不会重新查找。</translation>
  </message>
  <message>
   <source>The doubtful ones first: Enter accepts, R rejects, F fixes.</source>
   <translation>先看可疑的:Enter 接受,R 拒绝,F 修正。</translation>
  </message>
  <message>
   <source>Least score</source>
   <translation>最低得分</translation>
  </message>
  <message>
   <source>{} shown, about {} expected right</source>
   <translation>显示 {} 个,预计约 {} 个正确</translation>
  </message>
  <message>
   <source>Review {} of them</source>
   <translation>审查其中 {} 个</translation>
  </message>
  <message>
   <source>Add the {} shown to “{}”</source>
   <translation>将显示的 {} 个添加到“{}”</translation>
  </message>
  <message>
   <source>{} polygons were added to “{}”.</source>
   <translation>已将 {} 个多边形添加到“{}”。</translation>
  </message>
  <message>
   <source>Shows where it looks like the objects of the chosen class; without one, of all</source>
   <translation>显示与所选类别的对象相似的地方;未选类别时为全部对象</translation>
  </message>
  <message>
   <source>Colour what looks like these</source>
   <translation>为相似处着色</translation>
  </message>
  <message>
   <source>Set up…</source>
   <translation>设置…</translation>
  </message>
  <message>
   <source>The layer “{}” has no column “status”: only layers that ReSAM wrote can be reviewed.</source>
   <translation>图层“{}”没有“status”字段：只能审核由 ReSAM 写入的图层。</translation>
  </message>
  <message>
   <source>{place} of {count}, score {score:.2f}</source>
   <translation>第 {place}/{count} 个，评分 {score:.2f}</translation>
  </message>
  <message>
   <source>The column “status” of the layer “{}” does not take “{}”: it must hold text.</source>
   <translation>图层“{}”的“status”字段不接受“{}”：该字段必须为文本。</translation>
  </message>
  <message>
   <source>rejected in review</source>
   <translation>审查时被拒绝</translation>
  </message>
  <message>
   <source>Nothing left to look at.</source>
   <translation>没有剩余可查看的。</translation>
  </message>
  <message>
   <source>Nothing to look at.</source>
   <translation>没有可查看的。</translation>
  </message>
  <message>
   <source>Polygons</source>
   <translation>多边形</translation>
  </message>
  <message>
   <source>Also those that are accepted</source>
   <translation>也包括已接受的</translation>
  </message>
  <message>
   <source>Outlines alone, coloured by score</source>
   <translation>仅轮廓，按得分着色</translation>
  </message>
  <message>
   <source>Begin with the least certain</source>
   <translation>从最不确定的开始</translation>
  </message>
  <message>
   <source>Accept (Enter or A)</source>
   <translation>接受 (Enter 或 A)</translation>
  </message>
  <message>
   <source>Fix with more clicks (F)</source>
   <translation>用更多点击修正 (F)</translation>
  </message>
  <message>
   <source>Reject (R)</source>
   <translation>拒绝 (R)</translation>
  </message>
  <message>
   <source>Next (N)</source>
   <translation>下一个 (N)</translation>
  </message>
  <message>
   <source>Back (B)</source>
   <translation>返回 (B)</translation>
  </message>
  <message>
   <source>Environment…</source>
   <translation>环境…</translation>
  </message>
  <message>
   <source>all</source>
   <translation>全部</translation>
  </message>
  <message>
   <source>Processor threads</source>
   <translation>处理器线程数</translation>
  </message>
  <message>
   <source>Memory for raster blocks</source>
   <translation>栅格块内存</translation>
  </message>
  <message>
   <source>What was looked at once is kept on disk, up to this size</source>
   <translation>看过一次的内容保存在磁盘上，不超过此大小</translation>
  </message>
  <message>
   <source>Disk for embeddings</source>
   <translation>嵌入占用磁盘</translation>
  </message>
  <message>
   <source>Folder of embeddings</source>
   <translation>嵌入文件夹</translation>
  </message>
  <message>
   <source>Folder of models</source>
   <translation>模型文件夹</translation>
  </message>
  <message>
   <source>the publisher's server</source>
   <translation>发布者的服务器</translation>
  </message>
  <message>
   <source>Models come from</source>
   <translation>模型来源</translation>
  </message>
  <message>
   <source>Environment, adapters and clicks; administrators set it by RESAM_HOME</source>
   <translation>环境、适配器和点击；管理员通过 RESAM_HOME 设置</translation>
  </message>
  <message>
   <source>Data</source>
   <translation>数据</translation>
  </message>
  <message>
   <source>in the user's cache</source>
   <translation>在用户缓存中</translation>
  </message>
  <message>
   <source>Download</source>
   <translation>下载</translation>
  </message>
  <message>
   <source>Outline</source>
   <translation>轮廓</translation>
  </message>
  <message>
   <source>Largest part of the outline</source>
   <translation>轮廓的最大部分</translation>
  </message>
  <message>
   <source>Right angles (buildings)</source>
   <translation>直角（建筑物）</translation>
  </message>
  <message>
   <source>Rotated box (ships, vehicles)</source>
   <translation>旋转矩形（船舶、车辆）</translation>
  </message>
  <message>
   <source>Open a raster, or the sample scene.</source>
   <translation>打开栅格或示例场景。</translation>
  </message>
  <message>
   <source>Press “Click objects”, then click a roof. Right click what is not part of it; Enter accepts.</source>
   <translation>按“点击对象”，再点击一个屋顶。右键点击不属于它的部分；Enter 接受。</translation>
  </message>
  <message>
   <source>Accept two dozen objects. The polygons are in the layer that you chose, as ordinary edits.</source>
   <translation>接受二十多个对象。多边形作为普通编辑写入所选图层。</translation>
  </message>
  <message>
   <source>On the page “Adapt”, let the model learn from your clicks, and read its verdict.</source>
   <translation>在“适配”页让模型从点击中学习，并查看结论。</translation>
  </message>
  <message>
   <source>On the page “Review”, go through the least certain polygons. Whole point layers are for the Processing toolbox.</source>
   <translation>在“审查”页浏览最不确定的多边形。整个点图层请用处理工具箱。</translation>
  </message>
  <message>
   <source>Manual</source>
   <translation>手册</translation>
  </message>
  <message>
   <source>Where to click next</source>
   <translation>下一步点击位置</translation>
  </message>
  <message>
   <source>ReSAM: where to click next</source>
   <translation>ReSAM：下一步点击位置</translation>
  </message>
  <message>
   <source>{} places, best first.</source>
   <translation>{} 个位置，最佳优先。</translation>
  </message>
  <message>
   <source>Column</source>
   <translation>字段</translation>
  </message>
  <message>
   <source>Value</source>
   <translation>值</translation>
  </message>
  <message>
   <source>Every new polygon of this class gets these values.</source>
   <translation>此类别的每个新多边形都获得这些值。</translation>
  </message>
  <message>
   <source>Values of “{}”</source>
   <translation>“{}”的值</translation>
  </message>
  <message>
   <source>This is an estimate: only reference polygons measure accuracy.</source>
   <translation>这是估计值：只有参考多边形才能衡量精度。</translation>
  </message>
  <message>
   <source>Better: the adapter is used from now on.</source>
   <translation>更好：从现在起使用该适配器。</translation>
  </message>
  <message>
   <source>No evidence that it is better or worse: look at the pictures, then choose it or not.</source>
   <translation>没有证据表明更好或更差：请查看图片，再决定是否选用。</translation>
  </message>
  <message>
   <source>Worse: the adapter is kept in the list, but not used.</source>
   <translation>更差：适配器保留在列表中，但不使用。</translation>
  </message>
  <message>
   <source>no class</source>
   <translation>无类别</translation>
  </message>
  <message>
   <source>Help</source>
   <translation>帮助</translation>
  </message>
  <message>
   <source>The layer “{}” would need {} × {} pixels and {} tiles here; the limits are {} pixels and {} tiles: zoom out, or click within one view.</source>
   <translation>图层“{}”在此需要 {} × {} 像素和 {} 个瓦片；上限为 {} 像素和 {} 个瓦片：请缩小，或在同一视图内点击。</translation>
  </message>
  <message>
   <source>The layer “{}” gave no picture of this view: is the service there?</source>
   <translation>图层“{}”未返回该视图的图像：服务是否可用？</translation>
  </message>
  <message>
   <source>the disk is full, or the folder cannot be written</source>
   <translation>磁盘已满，或文件夹无法写入</translation>
  </message>
  <message>
   <source>ReSAM: picture of {}</source>
   <translation>ReSAM：{} 的图像</translation>
  </message>
  <message>
   <source>Cancelled; nothing was changed.</source>
   <translation>已取消，未作任何更改。</translation>
  </message>
  <message>
   <source>The layer “{}” cannot show so much of the world: zoom in.</source>
   <translation>图层“{}”无法显示这么大的范围：请放大。</translation>
  </message>
  <message>
   <source>The view does not touch the layer “{}”.</source>
   <translation>视图未覆盖图层“{}”。</translation>
  </message>
  <message>
   <source>Open in the browser</source>
   <translation>在浏览器中打开</translation>
  </message>
  <message>
   <source>Report of “{}”</source>
   <translation>“{}”的报告</translation>
  </message>
  <message>
   <source>Plugin and environment do not fit each other: update the environment.</source>
   <translation>插件与环境不匹配：请更新环境。</translation>
  </message>
  <message>
   <source>The environment is from another version of the plugin: update it.</source>
   <translation>环境来自插件的其他版本：请更新。</translation>
  </message>
  <message>
   <source>The environment does not run any more: repair it.</source>
   <translation>环境已无法运行：请修复。</translation>
  </message>
  <message>
   <source>it said nothing</source>
   <translation>没有输出</translation>
  </message>
  <message>
   <source>The environment is not set up yet: open ReSAM ▸ Environment.</source>
   <translation>环境尚未设置：请打开 ReSAM ▸ 环境。</translation>
  </message>
  <message>
   <source>The engine ended unexpectedly: {}</source>
   <translation>引擎意外结束：{}</translation>
  </message>
  <message>
   <source>The engine cannot be started: {}</source>
   <translation>引擎无法启动：{}</translation>
  </message>
  <message>
   <source>The chosen Python does not exist any more: {}</source>
   <translation>所选 Python 已不存在：{}</translation>
  </message>
  <message>
   <source>Learning takes about {}: {} steps on {} tiles. Before and after it, objects are measured.</source>
   <translation>学习约需 {}：{} 步，{} 个图块。学习前后会测量对象。</translation>
  </message>
  <message>
   <source>{} objects to learn from, {} held out to measure with.</source>
   <translation>{} 个对象用于学习，{} 个留出用于测量。</translation>
  </message>
  <message>
   <source>Stopped at step {}: the targets drifted away from the clicks.</source>
   <translation>在第 {} 步停止：目标偏离了点击。</translation>
  </message>
  <message>
   <source>{} of {}, about {} left</source>
   <translation>{} / {},剩余约 {}</translation>
  </message>
  <message>
   <source>creating the environment</source>
   <translation>正在创建环境</translation>
  </message>
  <message>
   <source>installing the installer</source>
   <translation>正在安装安装程序</translation>
  </message>
  <message>
   <source>reading the index</source>
   <translation>正在读取索引</translation>
  </message>
  <message>
   <source>installing PyTorch</source>
   <translation>正在安装 PyTorch</translation>
  </message>
  <message>
   <source>installing the other packages</source>
   <translation>正在安装其他软件包</translation>
  </message>
  <message>
   <source>testing it</source>
   <translation>正在测试</translation>
  </message>
  <message>
   <source>ready</source>
   <translation>就绪</translation>
  </message>
  <message>
   <source>outside the raster</source>
   <translation>在栅格之外</translation>
  </message>
  <message>
   <source>on nodata</source>
   <translation>位于无数据处</translation>
  </message>
  <message>
   <source>smaller than the minimum area</source>
   <translation>小于最小面积</translation>
  </message>
  <message>
   <source>next to nothing changed</source>
   <translation>几乎没有变化</translation>
  </message>
  <message>
   <source>the interval of the difference holds zero</source>
   <translation>差异区间包含零</translation>
  </message>
  <message>
   <source>too few objects to tell: at least {} are needed</source>
   <translation>对象太少，无法判断：至少需要 {} 个</translation>
  </message>
  <message>
   <source>the whole interval of the difference lies below zero</source>
   <translation>整个差异区间低于零</translation>
  </message>
  <message>
   <source>the whole interval of the difference lies above zero</source>
   <translation>整个差异区间高于零</translation>
  </message>
  <message>
   <source>no object was held out</source>
   <translation>没有留出对象</translation>
  </message>
  <message>
   <source>no mask broke, and scores without a calibration cannot tell better from worse</source>
   <translation>没有掩膜损坏，而未校准的得分无法区分好坏</translation>
  </message>
  <message>
   <source>the expected change is too small to tell its sign</source>
   <translation>预期变化太小，无法判断其正负</translation>
  </message>
  <message>
   <source>the clicks are answered with much higher scores</source>
   <translation>点击得到的回答得分高得多</translation>
  </message>
  <message>
   <source>the scores let expect a loss: look at what changed</source>
   <translation>得分预示会变差：请查看变化之处</translation>
  </message>
  <message>
   <source>There is nothing to learn from: accept some objects first.</source>
   <translation>没有可供学习的内容:请先接受一些对象。</translation>
  </message>
  <message>
   <source>The model found nothing at any example: click other objects.</source>
   <translation>模型在所有样例处都没有找到对象:请点击其他对象。</translation>
  </message>
  <message>
   <source>No example lies on the raster.</source>
   <translation>没有样例位于栅格上。</translation>
  </message>
  <message>
   <source>From {} examples the scores are rough; more examples make them better.</source>
   <translation>只有 {} 个样例时得分较粗略;样例更多会更好。</translation>
  </message>
  <message>
   <source>{} of {} examples look unlike the others: check them.</source>
   <translation>{} / {} 个样例与其他样例不相似:请检查。</translation>
  </message>
  <message>
   <source>expected IoU (no reference polygons)</source>
   <translation>预期 IoU（无参考多边形）</translation>
  </message>
  <message>
   <source>mean score (no reference polygons)</source>
   <translation>平均得分（无参考多边形）</translation>
  </message>
  <message>
   <source>Outlining {} objects…</source>
   <translation>正在勾画 {} 个对象…</translation>
  </message>
  <message>
   <source>The weights of {} are not on this machine: press ⬇ beside the model.</source>
   <translation>此计算机上没有 {} 的权重：请点击模型旁的 ⬇。</translation>
  </message>
  <message>
   <source>Continued at step {} of {}.</source>
   <translation>从第 {} 步（共 {} 步）继续。</translation>
  </message>
  <message>
   <source>Looking at {} tiles…</source>
   <translation>正在查看 {} 个分块…</translation>
  </message>
  <message>
   <source>{:.0f} s</source>
   <translation>{:.0f} 秒</translation>
  </message>
  <message>
   <source>{:.0f} min</source>
   <translation>{:.0f} 分钟</translation>
  </message>
  <message>
   <source>Another raster was chosen meanwhile: start again.</source>
   <translation>期间选择了另一个栅格：请重新开始。</translation>
  </message>
  <message>
   <source>ReSAM class</source>
   <translation>ReSAM 类别</translation>
  </message>
  <message>
   <source>Likely enough</source>
   <translation>足够可能</translation>
  </message>
  <message>
   <source>ReSAM review</source>
   <translation>ReSAM 审核</translation>
  </message>
  <message>
   <source>ReSAM score</source>
   <translation>ReSAM 得分</translation>
  </message>
  <message>
   <source>other</source>
   <translation>其他</translation>
  </message>
  <message>
   <source>ReSAM sample scene</source>
   <translation>ReSAM 示例场景</translation>
  </message>
  <message>
   <source>Allow</source>
   <translation>允许</translation>
  </message>
  <message>
   <source>Only if you trust whoever made this file. It holds until QGIS is closed.</source>
   <translation>仅当您信任此文件的制作者时。在关闭 QGIS 之前有效。</translation>
  </message>
  <message>
   <source>A click with “{}” takes about {:.0f} s here. MobileSAM is several times faster.</source>
   <translation>使用“{}”每次点击约需 {:.0f} 秒。MobileSAM 快数倍。</translation>
  </message>
  <message>
   <source>Adapt</source>
   <translation>适配</translation>
  </message>
  <message>
   <source>Find</source>
   <translation>查找</translation>
  </message>
  <message>
   <source>Review</source>
   <translation>审查</translation>
  </message>
  <message>
   <source>Batch</source>
   <translation>批处理</translation>
  </message>
  <message>
   <source>Settings</source>
   <translation>设置</translation>
  </message>
  <message>
   <source>This place lies beside the raster “{}”, on “{}”.</source>
   <translation>此位置在栅格“{}”之外，位于“{}”上。</translation>
  </message>
  <message>
   <source>Use MobileSAM</source>
   <translation>使用 MobileSAM</translation>
  </message>
  <message>
   <source>{} runs of the queue are unfinished.</source>
   <translation>队列中有 {} 个任务未完成。</translation>
  </message>
  <message>
   <source>Click on “{}”</source>
   <translation>在“{}”上点击</translation>
  </message>
  <message>
   <source>The engine stopped unexpectedly; your clicks are kept.</source>
   <translation>引擎意外停止；您的点击已保留。</translation>
  </message>
  <message>
   <source>The worker was stopped.</source>
   <translation>工作进程已停止。</translation>
  </message>
  <message>
   <source>Starting the engine…</source>
   <translation>正在启动引擎…</translation>
  </message>
  <message>
   <source>{path}: does not exist: check the path of the raster</source>
   <translation>{path}：不存在；请检查栅格的路径</translation>
  </message>
  <message>
   <source>{path}: is a folder: give the raster file in it</source>
   <translation>{path}：是文件夹；请给出其中的栅格文件</translation>
  </message>
  <message>
   <source>{path}: is a vector layer, not a raster: give an image such as a GeoTIFF</source>
   <translation>{path}：是矢量图层，不是栅格；请给出图像，例如 GeoTIFF</translation>
  </message>
  <message>
   <source>{path}: not a raster that GDAL can read, or damaged ({cause})</source>
   <translation>{path}：不是 GDAL 能读取的栅格，或已损坏（{cause}）</translation>
  </message>
  <message>
   <source>{path}: cannot be read, the file may be damaged ({cause})</source>
   <translation>{path}：无法读取，文件可能已损坏（{cause}）</translation>
  </message>
  <message>
   <source>{path}: holds no bands of its own: name one of its subdatasets ({names})</source>
   <translation>{path}：本身没有波段；请指定其中一个子数据集（{names}）</translation>
  </message>
  <message>
   <source>{path}: has no valid pixel in the chosen bands: all is nodata or transparent</source>
   <translation>{path}：所选波段中没有有效像素；全部为 nodata 或透明</translation>
  </message>
  <message>
   <source>{path}: is placed by control points (GCPs or RPCs) only: warp it first, with gdalwarp -t_srs EPSG:xxxx</source>
   <translation>{path}：仅由控制点（GCP 或 RPC）定位；请先用 gdalwarp -t_srs EPSG:xxxx 校正</translation>
  </message>
  <message>
   <source>{path}: states no CRS: give it by --assume-crs EPSG:xxxx, or keep its coordinates as they are by --assume-crs pixel</source>
   <translation>{path}：未声明坐标参考系；请用 --assume-crs EPSG:xxxx 给出，或用 --assume-crs pixel 保留其坐标</translation>
  </message>
  <message>
   <source>{path}: has a CRS but no place in it: give it one (gdal_edit.py -a_ullr, or its world file), or keep its coordinates as they are by --assume-crs pixel</source>
   <translation>{path}：有坐标参考系但没有位置；请为其指定位置（gdal_edit.py -a_ullr 或 world 文件），或用 --assume-crs pixel 保留其坐标</translation>
  </message>
  <message>
   <source>{path}: has a CRS of its own, {crs}: leave --assume-crs out</source>
   <translation>{path}：已有自己的坐标参考系 {crs}；请去掉 --assume-crs</translation>
  </message>
  <message>
   <source>{path}: {count} bands were asked for: give one (grey) or three (red, green, blue) of {bands}</source>
   <translation>{path}：请求了 {count} 个波段；请从 {bands} 中给出一个（灰度）或三个（红、绿、蓝）</translation>
  </message>
  <message>
   <source>{path}: there is no band {band}: choose from {bands}</source>
   <translation>{path}：没有波段 {band}；请从 {bands} 中选择</translation>
  </message>
  <message>
   <source>nothing to segment: give --points, --boxes or both</source>
   <translation>没有要分割的内容；请给出 --points、--boxes 或两者</translation>
  </message>
  <message>
   <source>nothing to learn from: give --points, --polygons or both</source>
   <translation>没有可供学习的示例；请给出 --points、--polygons 或两者</translation>
  </message>
  <message>
   <source>{path}: cannot be read as a vector layer ({cause})</source>
   <translation>{path}：无法作为矢量图层读取（{cause}）</translation>
  </message>
  <message>
   <source>{path}: has no layer '{layer}'; it has: {names}</source>
   <translation>{path}：没有图层“{layer}”；现有：{names}</translation>
  </message>
  <message>
   <source>{layer}: the layer has no features; add at least one {kind} and save the edits</source>
   <translation>{layer}：图层没有要素；请至少添加一个（类型：{kind}）并保存编辑</translation>
  </message>
  <message>
   <source>{layer}: is a table without geometry; give a layer of {kind}s</source>
   <translation>{layer}：是没有几何的表；请给出图层（类型：{kind}）</translation>
  </message>
  <message>
   <source>{layer}: holds {found}, not {kind}s; give a layer of {kind}s</source>
   <translation>{layer}：包含 {found}，而不是 {kind}；请给出类型为 {kind} 的图层</translation>
  </message>
  <message>
   <source>{layer}: has no field '{field}' to group by; its fields are: {names}</source>
   <translation>{layer}：没有用于分组的字段“{field}”；其字段为：{names}</translation>
  </message>
  <message>
   <source>{layer}: has no geometry and no x/y or lon/lat columns; its fields are: {names}</source>
   <translation>{layer}：没有几何，也没有 x/y 或 lon/lat 列；其字段为：{names}</translation>
  </message>
  <message>
   <source>{layer}: does not touch the raster; check its CRS and extent</source>
   <translation>{layer}：与栅格不相交；请检查其坐标参考系和范围</translation>
  </message>
  <message>
   <source>{path}: no click lies on the raster; check extent and CRS</source>
   <translation>{path}：没有点击落在栅格上；请检查范围和坐标参考系</translation>
  </message>
  <message>
   <source>{path}: no object to learn from lies on the raster; check extent and CRS</source>
   <translation>{path}：没有可供学习的对象落在栅格上；请检查范围和坐标参考系</translation>
  </message>
  <message>
   <source>{path}: none of its polygons holds a click; check its extent and CRS</source>
   <translation>{path}：其多边形都不包含点击；请检查其范围和坐标参考系</translation>
  </message>
  <message>
   <source>{count} objects lie within {span} pixels around ({x}, {y}), and one window has room for {most}: if they are clicks of fewer objects, give them object_id</source>
   <translation>在 ({x}, {y}) 周围 {span} 像素内有 {count} 个对象，而一个窗口只能容纳 {most} 个；如果它们是较少对象的点击，请为其设置 object_id</translation>
  </message>
  <message>
   <source>no model or file is called '{name}': {hint}</source>
   <translation>没有名为“{name}”的模型或文件：{hint}</translation>
  </message>
  <message>
   <source>{path} is a folder; give a weights file, or an adapter folder as --adapter</source>
   <translation>{path} 是文件夹；请给出权重文件，或以 --adapter 给出适配器文件夹</translation>
  </message>
  <message>
   <source>there is too little memory; use a smaller model or --device cpu</source>
   <translation>内存不足；请使用更小的模型或 --device cpu</translation>
  </message>
  <message>
   <source>the weights of {model} ({file}) are not in {folder}; fetch them with: python -m engine.models fetch {model}</source>
   <translation>{model} 的权重（{file}）不在 {folder} 中；请用以下命令获取：python -m engine.models fetch {model}</translation>
  </message>
  <message>
   <source>{path} has SHA-256 {found}…, not the published {published}…; replace it with: python -m engine.models fetch {model}</source>
   <translation>{path} 的 SHA-256 为 {found}…，而不是公布的 {published}…；请用以下命令替换：python -m engine.models fetch {model}</translation>
  </message>
  <message>
   <source>{folder} holds no {file} ({cause}): not an adapter?</source>
   <translation>{folder} 中没有 {file}（{cause}）；这是适配器吗？</translation>
  </message>
  <message>
   <source>adapter {folder} was trained on weights {base}…, but {model} has {found}…: load the model it was trained on, or train it again on this one</source>
   <translation>适配器 {folder} 是在权重 {base}… 上训练的，而 {model} 为 {found}…；请加载训练时所用的模型，或在此模型上重新训练</translation>
  </message>
  <message>
   <source>device 'cuda' finds no usable GPU or driver; check nvidia-smi, or use --device cpu</source>
   <translation>设备“cuda”找不到可用的 GPU 或驱动；请检查 nvidia-smi，或使用 --device cpu</translation>
  </message>
  <message>
   <source>device 'cuda' needs a CUDA build of torch, and {version} is not one; install one, or use --device auto or cpu</source>
   <translation>设备“cuda”需要带 CUDA 的 torch，而 {version} 不是；请安装，或使用 --device auto 或 cpu</translation>
  </message>
  <message>
   <source>{path}: exists already; choose another name or overwrite</source>
   <translation>{path}：已存在；请另选名称或覆盖</translation>
  </message>
  <message>
   <source>{path}: {names} exists already; choose another name or overwrite</source>
   <translation>{path}：{names} 已存在；请另选名称或覆盖</translation>
  </message>
  <message>
   <source>{path}: has a layer '{layer}', which exists already; choose another name or overwrite</source>
   <translation>{path}：已有图层“{layer}”；请另选名称或覆盖</translation>
  </message>
  <message>
   <source>{path}: is read by this run ({option}); it would be lost: choose another {instead}</source>
   <translation>{path}：正被本次运行读取（{option}），会因此丢失；请另选 {instead}</translation>
  </message>
  <message>
   <source>{path}: the folder {folder} does not exist; create it first</source>
   <translation>{path}：文件夹 {folder} 不存在；请先创建</translation>
  </message>
  <message>
   <source>{path}: is a folder; give another file name</source>
   <translation>{path}：是文件夹；请给出其他文件名</translation>
  </message>
  <message>
   <source>{path}: cannot write to the folder {folder} ({cause})</source>
   <translation>{path}：无法写入文件夹 {folder}（{cause}）</translation>
  </message>
  <message>
   <source>{path}: could not be written ({cause})</source>
   <translation>{path}：无法写入（{cause}）</translation>
  </message>
  <message>
   <source>{folder}: another run is writing this output; wait for it</source>
   <translation>{folder}：另一个运行正在写入此输出；请等待其结束</translation>
  </message>
  <message>
   <source>{folder}: holds an unfinished run; continue it with --resume, or use --overwrite</source>
   <translation>{folder}：包含未完成的运行；请用 --resume 继续，或使用 --overwrite</translation>
  </message>
  <message>
   <source>{folder}: holds an adapter already; choose another --out, or --overwrite</source>
   <translation>{folder}：已包含适配器；请另选 --out，或使用 --overwrite</translation>
  </message>
 </context>
</TS>
