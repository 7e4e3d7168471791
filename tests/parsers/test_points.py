"""Points against sections written for the test: <P>a problem</P>, <M>a measure</M> is what must be found, and no more."""

import json
import re
import time
from pathlib import Path

import pytest
import yaml
from facts_scores import read_marked

from parsers.narrative.markers import read_enumerations
from parsers.narrative.points import read_points

SECTIONS = {
    "classic": """五、存在的主要问题及改进情况
2022年，我镇政府信息公开工作虽有进步，但仍存在一些不足：一是<P>公开的主动性不强，部分村居台账更新拖延</P>；二是<P>解读形式单调，群众看不懂、不爱看</P>；三是<P>业务人员更换频繁，新人不熟悉流程</P>。下一步，我镇将从以下方面改进：一是<M>压实责任链条，把公开任务分解到站所</M>；二是<M>增加短视频、漫画等解读产品</M>；三是<M>每季度举办一期跟班学习</M>。""",
    "bracket headings": """（一）存在的主要问题
1.<P>公开目录与业务脱节。少数科室仍按旧目录上传材料</P>。
2.<P>互动回应偏慢。全年有3件留言超期</P>。
（二）改进措施
1.<M>修订目录。上半年完成全部事项梳理</M>。
2.<M>限时办结。留言由专人跟踪督办</M>。""",
    "bracket points": """存在问题：
（一）<P>认识上有偏差。个别负责人把公开看作软任务</P>。
（二）<P>制度上有漏洞。发布审核登记不齐全</P>。
整改措施：
（一）<M>抓认识。召开两次专题会议</M>。
（二）<M>补制度。制定审核登记办法</M>。""",
    "one want": """我委在依申请公开办理、政策解读等方面还有差距。主要问题是：<P>答复文书不够规范</P>；<P>解读时效不够强</P>。下一年，一要<M>统一文书格式，推行范本</M>；二要<M>把解读与文件同步报批</M>；三要<M>加大考核权重</M>。""",
    "first next": """存在的不足。首先，<P>重点领域公开还不够细</P>。其次，<P>栏目之间有重复、交叉</P>。最后，<P>热线数据利用率不高</P>。
改进的方向。首先，<M>细化征地、教育、医疗三类目录</M>；其次，<M>归并重复栏目</M>；最后，<M>按月分析热线数据</M>。""",
    "circled": """（一）主要问题：①<P>专职力量薄弱</P>；②<P>经费保障不足</P>；③<P>平台检索功能不便捷</P>。
（二）改进计划：①<M>争取增加编制1名</M>；②<M>将经费列入年初预算</M>；③<M>升级站内搜索</M>。""",
    "semicolons unmarked": """对照要求，本机关工作还存在薄弱环节，主要表现为：<P>法定主动公开内容更新不够及时</P>；<P>与群众互动渠道较少，回应不够深入</P>；<P>干部培训覆盖面不足</P>。
下一步，本机关将<M>健全信息发布提醒机制，做到按时更新</M>；<M>拓宽互动渠道，开设在线访谈</M>；<M>把公开条例纳入干部必修课</M>。""",
    "paired items": """1.<P>政策解读深度不够</P>。下一步，我局将<M>邀请专家参与解读，提高权威性</M>。
2.<P>公众参与度不高</P>。下一步，我局将<M>扩大意见征集范围，及时反馈采纳情况</M>。""",
    "paired labels": """（一）问题：<P>依申请公开答复不够严谨，引用条款有误</P>。改进措施：<M>邀请法律顾问逐件把关</M>。
（二）问题：<P>公开专栏内容陈旧</P>。改进措施：<M>按月巡查，发现空栏立即整改</M>。""",
    "title lines": """一、存在问题
（一）<P>主动公开内容需进一步丰富
部分单位公开内容停留在会议和动态，涉及民生的信息偏少</P>。
（二）<P>政务新媒体管理需进一步规范
个别账号长期不更新</P>。
二、改进措施
（一）<M>丰富公开内容
围绕就业、社保、养老等领域，逐项公开办事依据</M>。
（二）<M>规范账号管理
对一年内未更新的账号予以关停整合</M>。""",
    "prose only": """2016年，我局信息公开工作取得了一定成绩，但<P>公开内容的全面性还有待提高</P>。今后，我局将<M>进一步加强组织领导，完善工作机制，提高公开质量</M>。""",
    "frame": """我街道政府信息公开工作还存在<P>信息报送不主动</P>、<P>解读材料质量不高</P>等问题。
针对上述问题，我街道将采取以下措施：一是<M>建立报送通报制度</M>；二是<M>组织解读写作培训</M>。""",
    "frame joined": """当前工作仍存在<P>公开内容的广度、深度不够，审核把关不严</P>等不足。""",
    "semicolon inside item": """存在问题：一是<P>公开不及时，有的事项办结后一个月才上网</P>；二是<P>公开不全面，比如（一）类事项公开了结果、未公开过程；（二）类事项只公开了标题</P>。""",
    "third party": """存在的主要困难和问题：一是<P>第三方评估反映的错链、断链仍有发生</P>；二是<P>12345热线转办件一次办结率不高</P>；三是<P>“三公”经费说明过于简略</P>。""",
    "continued lead": """五、政府信息公开工作存在的主要问题及改进情况
去年以来，针对上一年度报告指出的两个问题，我局逐项整改：一是<M>补充专职人员2名</M>；二是<M>修订保密审查办法</M>。
同时，工作中仍存在不足：一是<P>跨部门协同不畅</P>；二是<P>数据口径不统一</P>。
2024年，我局将重点抓好两项工作：一是<M>建立协同会商机制</M>；二是<M>发布统一的数据口径说明</M>。""",
    "closing": """主要问题：一是<P>公开意识有待增强</P>；二是<P>队伍不稳定</P>。这些问题我们将高度重视，认真加以解决。
改进措施：一是<M>把公开纳入年度述职</M>；二是<M>保持人员相对固定</M>。
通过以上举措，力争明年迈上新台阶。""",
    "numbers with comma": """存在的问题：1、<P>宣传力度不大，群众知晓率低</P>；2、<P>受理点设施老化</P>。
下一步打算：1、<M>利用赶集日发放宣传册</M>；2、<M>更新受理点电脑和查询机</M>。""",
    "half width": """存在问题:(1)<P>主动公开意识不强,部分站所应公开未公开</P>;(2)<P>内容质量不高,转载多、原创少</P>.
改进措施:(1)<M>强化培训,把条例列入学习计划</M>;(2)<M>加大原创,每月原创信息不少于10条</M>.""",
    "one side": """存在的主要问题：一方面，<P>基层公开标准落实不到位，村级目录不完整</P>；另一方面，<P>信息员兼职多，精力难以保证</P>。
改进情况：一方面，<M>编印村级目录样本，逐村验收</M>；另一方面，<M>落实A、B岗制度</M>。""",
    "firstly numbered": """一年来，政府信息公开工作有一些问题需要改进。第一，<P>发布渠道不够多</P>。第二，<P>意见征集回复率不高</P>。
今后将着重做好以下几点：第一，<M>开通政务微信</M>。第二，<M>对每条意见按期回复</M>。""",
    "no label auto": """（一）<P>对新条例学习不够深入</P>。（二）<P>依申请办理流程不够顺畅</P>。（三）<M>加强学习，组织专题测试</M>。（四）<M>优化流程，实行一表登记</M>。""",
    "measures only heading": """一是<M>提升站位，加强统筹</M>。二是<M>狠抓落实，定期通报</M>。三是<M>改进方式，方便群众</M>。""",
    "nested under measure": """（一）存在问题
<P>个别部门对公开工作重视不够，信息更新缓慢</P>。
（二）改进措施
1.<M>强化领导。一是调整领导小组；二是召开推进会</M>。
2.<M>强化督查。每月通报一次</M>。""",
    "narrow spaces": """　　五、存在的主要问题及改进情况
　　（一）存在的问题。　一是<P>公开形式较为单一</P>；　二是<P>工作机制不够健全</P>。
　　（二）改进情况。　一是<M>拓展公开形式</M>；　二是<M>健全工作机制</M>。""",
    "quotes": """存在不足：一是<P>“重发布、轻解读；重数量、轻质量”的倾向尚未扭转</P>；二是<P>《政府信息公开指南》更新滞后</P>。""",
    "next year": """目前，我局在政府信息公开方面的主要问题：<P>公开载体不够丰富，老年人获取信息不便</P>。2020年工作打算：<M>在社区设置阅报栏，配备大字版办事指南</M>。""",
    "dash items": """存在问题
1. <P>部分信息公开不够及时</P>
2. <P>个别栏目长期未更新</P>
改进措施
1. <M>落实专人每周检查</M>
2. <M>对长期未更新栏目进行清理</M>""",
    "its one": """问题主要有两个：其一，<P>公开属性认定把关不严</P>；其二，<P>历史文件清理进度偏慢</P>。改进措施也有两条：其一，<M>实行双人审核</M>；其二，<M>分三年清理完毕</M>。""",
    "long measure": """五、存在的主要问题及改进情况
（一）存在的主要问题
我局政府信息公开工作与上级要求相比，还有一定差距：一是<P>公开平台建设有待加强。县级平台尚未与市级平台打通，重复录入增加了基层负担</P>。二是<P>解读工作有待深化。专家解读、媒体解读占比只有12%</P>。
（二）下一步改进措施
一是<M>打通平台。会同大数据中心，在6月底前完成接口改造。改造期间安排专人双线录入，确保不漏项</M>。二是<M>深化解读。建立解读专家库，首批聘请9人</M>。""",
    "prov style": """2023年，全省政府信息公开工作取得积极成效，但对照高质量发展要求和人民群众期待，仍存在一些差距和不足，主要是：<P>政策宣传解读的精准度还不够高，个性化推送不多</P>；<P>基层公开力量较为薄弱，业务能力有待提升</P>；<P>部分领域公开标准执行不严格</P>。
2024年，我们将深入学习贯彻上级精神，重点抓好以下工作。一是<M>提升政策公开质量。建好政策文件库，推动政策分类归集、精准推送</M>。二是<M>提升解读回应实效。综合运用动漫、情景短剧等形式，让群众看得懂、用得上</M>。三是<M>提升基层公开水平。办好政务公开专区，强化分级分类培训</M>。""",
    "colon titles": """（一）存在的主要问题
1.<P>政策解读方面：解读内容多为文件摘要，缺少案例</P>。
2.<P>平台建设方面：移动端适配不好</P>。
（二）改进措施
1.<M>政策解读方面：增加案例、问答</M>。
2.<M>平台建设方面：完成移动端改版</M>。""",
    "last-year rectification": """（一）上年度存在问题整改情况
2021年年报中提出的问题，已全部整改到位：一是<M>完善审核流程，实行三级审核</M>；二是<M>补录历史文件46件</M>。
（二）本年度存在的主要问题
一是<P>部门间信息共享不充分</P>；二是<P>新媒体原创能力不足</P>。
（三）下一步改进措施
一是<M>推动数据共享</M>；二是<M>建立约稿机制</M>。""",
    "aspects": """存在的问题主要体现在三个方面：一是<P>在思想认识上，有的单位存在应付思想</P>；二是<P>在工作机制上，联动不够</P>；三是<P>在队伍建设上，专人不专</P>。""",
    "no punctuation between": """一、存在的主要问题
1、<P>信息公开的时效性有待提高</P>
2、<P>公开的信息量需进一步扩充</P>
3、<P>工作人员业务素质有待加强</P>
二、改进措施
1、<M>建立健全信息公开工作制度</M>
2、<M>加大信息公开力度</M>
3、<M>加强业务培训</M>""",
    "want be": """今后工作中，一是<M>要继续加强学习</M>，二是<M>要继续完善制度</M>，三是<M>要继续加大宣传</M>。""",
    "comma separated": """我局信息公开工作存在三点不足，一是<P>公开内容不够丰富</P>，二是<P>公开时间不够及时</P>，三是<P>公开方式不够多样</P>。下一步我们将努力改进。""",
    "mixed sentence": """虽然我乡信息公开工作取得一定成绩，但也存在着<P>公开内容不够全面</P>、<P>更新不够及时</P>等问题，下一步我乡将<M>加强组织领导，明确专人负责，及时更新内容</M>。""",
    "no problems stated": """本单位2020年政府信息公开工作总体运行平稳，暂未发现突出问题。下一步，将<M>继续严格执行条例规定，做好信息公开工作</M>。""",
    "several paragraphs": """2022年，我局政府信息公开工作还存在以下不足：
<P>一些基层单位对政府信息公开的重要性认识不到位</P>；
<P>依申请公开答复的规范性仍需加强</P>；
<P>公众对公开渠道不熟悉</P>。
2023年，我局将做好以下工作：
<M>加强对基层单位的指导</M>；
<M>规范答复格式</M>；
<M>扩大公开渠道宣传</M>。""",
    "parenthesised digits inline": """一年来虽取得一些成绩，但还存在一些问题：（1）<P>公开的规范化程度不高</P>。（2）<P>公开的监督检查不经常</P>。改进办法：（1）<M>制定规范化手册</M>。（2）<M>每季度检查一次</M>。""",
    "bold titles with quotes": """一是<P>“重建轻管”现象依然存在</P>。二是<P>“一图读懂”等形式应用较少</P>。
一是<M>健全“建管用”一体机制</M>。二是<M>推广“一图读懂”“一键直达”</M>。""",
    "sections cn numerals within": """一、存在的主要困难和问题
（一）<P>公开工作的基础还不牢固，村级公开薄弱</P>；
（二）<P>公开与保密的边界把握不准</P>。
二、解决的办法和改进措施
（一）<M>夯实基础，逐村验收</M>；
（二）<M>强化审查，落实先审后发</M>。""",
    "need to strengthen": """2021年度，我局政府信息公开工作有以下几方面需要改进：一是<P>需进一步拓展公开广度</P>；二是<P>需进一步加大培训力度</P>。为此，我局将采取如下措施：一是<M>开展专项梳理</M>；二是<M>举办专题培训</M>。""",
    "paired with arrows": """问题一：<P>栏目设置不合理</P>。整改措施：<M>按最新指引调整栏目</M>。
问题二：<P>检索功能不完善</P>。整改措施：<M>上线智能检索</M>。""",
    "third person": """区政府办公室在工作中也发现一些薄弱环节。首先是<P>部门主动公开意识参差不齐</P>；其次是<P>街镇公开专区利用率低</P>；再次是<P>培训针对性不强</P>。针对以上问题，区政府办公室将从三个方面加以改进。首先是<M>强化考核结果运用</M>；其次是<M>把专区与便民服务大厅融合</M>；再次是<M>分岗位设计培训课程</M>。""",
    "closing after list": """（二）改进措施
一是<M>强化培训</M>。二是<M>强化考核。将公开工作纳入绩效，占比由3%提高到5%</M>。
2025年，我局将以更高标准、更严要求，推动政府信息公开工作再上新台阶。""",
    "problems in numbers": """1.存在问题：<P>公开内容更新不及时、栏目不完善</P>。
2.改进措施：<M>安排专人每日更新，每月自查</M>。""",
    "long": """五、存在的主要问题及改进情况
过去一年，我院政府信息公开工作稳步推进，但与新形势新要求相比，还存在不少短板，主要有以下几点：
（一）<P>公开质量方面。主动公开信息中动态类占比达72%，政策类信息少，群众真正关心的招生、就业信息更新滞后</P>。
（二）<P>渠道建设方面。微信公众号关注人数仅1.2万人，影响力有限</P>。
下一阶段，我院将着重抓好以下三项工作：
（一）<M>优化内容结构。提高政策类、服务类信息比重，动态类控制在50%以内</M>。
（二）<M>做强新媒体。力争关注人数突破3万人</M>。
（三）<M>建强队伍。每个处室明确1名联络员，实行AB角</M>。""",
    "full width marks": """（一）存在问题。１．<P>公开栏目更新不均衡</P>；２．<P>信息员变动大</P>。（二）改进措施。１．<M>每周调度更新情况</M>；２．<M>实行信息员备案</M>。""",
    "skipped number": """主要问题：一是<P>公开标准不统一</P>；二是<P>解读配图少</P>；四是<P>检索不便</P>。""",
    "repeated number": """改进措施：一是<M>统一标准</M>；二是<M>增加配图</M>；二是<M>优化检索</M>。""",
    "work then problem": """五、存在的主要问题及改进情况
2023年以来，我局紧盯上年度薄弱环节，持续改进工作，开展业务培训2次、专项检查4次，取得明显成效。
当前存在的主要问题：一是<P>公开内容仍显单薄</P>；二是<P>窗口服务衔接不够</P>。
下一步改进方向：一是<M>丰富公开内容</M>；二是<M>推进线上线下一体服务</M>。""",
    "one problem item": """存在的问题：<P>依申请公开办理的规范化水平还需进一步提升</P>。
改进情况：<M>我局组织答复文书评查，邀请律师讲解典型案例，答复质量明显提升</M>。""",
    "nested aspects": """（一）存在问题
1.<P>机制方面。（1）考核占比低；（2）通报力度小</P>。
2.<P>内容方面。财政预决算公开不够细化</P>。
（二）整改措施
1.<M>提高考核占比，按季通报</M>。
2.<M>细化到项级科目</M>。""",
    "measures with deadlines": """下一步工作打算：（一）<M>2021年6月底前，完成基层政务公开标准目录编制</M>。（二）<M>2021年12月底前，建成政务公开体验区3个</M>。""",
    "with citation": """一是<P>对《中华人民共和国政府信息公开条例》（国令第711号）的学习不够系统，个别同志对第三十六条理解有偏差</P>。二是<P>落实国办发〔2020〕8号文件有差距</P>。""",
    "ask": """问题和不足：1．<P>信息发布不及时，网站个别栏目更新间隔超过2周</P>。2．<P>网民留言答复率仅为92.5%</P>。
改进和打算：1．<M>明确更新周期</M>。2．<M>将留言答复率纳入考核</M>。""",
    "we will": """我中心政府信息公开工作中存在的主要问题是<P>公开渠道单一</P>，今后我中心将<M>拓展微信、抖音等渠道</M>。""",
    "first of all we": """在肯定成绩的同时，我们也清醒地认识到，工作中还存在不少问题：首先是<P>公开深度不够</P>，其次是<P>互动不足</P>，最后是<P>保障不力</P>。对此，我们将认真研究，采取措施：一要<M>深化内容</M>，二要<M>强化互动</M>，三要<M>加强保障</M>。""",
    "dots": """存在问题：
•<P>更新频率不高</P>
•<P>信息分类不清</P>
改进措施：
•<M>定人定责定时更新</M>
•<M>重新梳理分类</M>""",
    "interleaved prose": """（一）<P>公开平台管理还不够精细</P>。针对这一问题，我区将<M>实行平台分级管理，落实三审三校</M>。
（二）<P>干部能力素质参差不齐</P>。针对这一问题，我区将<M>举办政务公开讲堂，开展岗位练兵</M>。""",
    "a label, then a clause, then a frame": """目前存在的问题为：<P>有的科室对公开重视不足，存在报送拖延、格式混乱</P>等问题，与要求有差距。""",
    "signature": """问题：<P>个别栏目更新不及时</P>。
今后，我局将<M>落实专人负责</M>。
云溪县林业局
2016年3月2日""",
    "for example": """我镇信息公开工作虽有成效，但也存在一些不足，如<P>信息发布不规范，目录没有及时更新等等</P>。""",
    "without of": """我镇在信息公开方面存在<P>村务栏目更新滞后</P>问题。下一步，我镇将<M>加强对各村的指导</M>。""",
    "in this year's work": """我们在今年的工作中，将<M>进一步规范流程，加强人员培训</M>。""",
    "wrapped lines": """（一）存在问题
一是<P>部分单位重视不够。少数单位负责人对政府信息公开
工作过问不多，材料报送拖拉</P>。
二是<P>公开时效有待提高。个别单位为了应付考核，把已经发布过的
信息复制后再次发布</P>。
（二）改进措施
一是<M>抓学习</M>。二是<M>抓通报</M>。""",
}

# Of reports without a form: only some parts speak of problems and measures.
FREE = {
    "work done first": """（一）主动公开情况。全年公开信息320条。一是加强领导，成立专班；二是完善制度，印发办法3项；三是强化督查，通报4次。
（二）存在问题和改进措施。主要问题是：一是<P>更新不够及时</P>；二是<P>人员不足</P>。改进措施：一是<M>加强考核</M>；二是<M>增配人员</M>。
（三）其他事项。一是举办开放日；二是印制宣传册。""",
    "no problems": """2012年，我局针对群众反映的突出问题，开展专项整治：一是清理过期栏目12个；二是公布监督电话；三是约谈责任人3名。收到申请5件，均已答复。""",
    "narrative tail": """四、复议诉讼情况
全年无行政复议和行政诉讼。
五、存在的问题及下一步打算
我区政府信息公开工作还存在一些问题，如：<P>公开内容有待进一步规范</P>；<P>部分街道公开积极性不高</P>。下一步要着力做好：1.<M>规范内容格式</M>；2.<M>加大对街道的指导力度</M>。
六、附表
1.统计表；2.指南。""",
    "inline colon": """今年共召开新闻发布会6场。工作中的主要问题有：1.<P>发布会实录上网不及时</P>；2.<P>邀请基层代表参加较少</P>。""",
    "steps of work": """我局坚持问题导向，一是主动认领问题，二是建立清单，三是对账销号，合格率由91%提高到100%。""",
    "no reported": """本年度政府信息公开工作不存在收费问题。一是检索费未收取；二是复制费未收取。""",
    "2010": """五、存在不足及改进措施
我局的政府信息公开工作虽然取得了一定成绩，但也存在一些不足，主要表现在：一是<P>信息公开的内容有待充实</P>；二是<P>公开形式的便民性需进一步提高</P>。2011年我局将重点做好以下几方面工作：（一）<M>进一步充实公开内容</M>。（二）<M>进一步完善公开形式</M>。（三）<M>进一步加强监督检查</M>。
六、说明与附表
（一）说明。（二）附表。""",
    "2009 full": """一、概述
2009年，我县成立领导小组，一是健全机构，二是落实经费，三是组织培训4期。
二、主动公开情况
公开信息1200条。主要做法是：首先，清理存量；其次，规范增量。
三、复议诉讼
无。
四、存在的主要问题和改进措施
目前主要存在以下问题：<P>一些部门对条例的学习理解不够</P>；<P>公开目录编制不规范</P>；<P>查阅场所利用率不高</P>。改进措施：1.<M>深入学习条例</M>；2.<M>规范目录编制</M>；3.<M>宣传查阅场所</M>。
五、其他需要说明的事项
1.本报告由县政府办公室编制；2.附表略。""",
    "summary with next plan but no problem": """全年共公开信息88条。一是强化责任；二是拓宽渠道。下一步，我局将继续加强公开工作。""",
    "problem words in work": """（三）监督保障。聚焦群众反映的问题，开展三轮检查。针对检查中发现的问题：一是下发整改通知5份；二是组织复查2次，问题全部整改到位。""",
    "headed": """（四）存在问题。我局网站栏目设置不够科学。一是<P>栏目重复</P>；二是<P>层级过深</P>。
（五）下一步工作。一是<M>合并栏目</M>；二是<M>压缩层级</M>。
（六）附件。一是统计表；二是说明。""",
    "overview with zero problems": """一是坚持问题导向，改进工作作风；二是解决群众反映的突出问题23个；三是健全整改措施台账。""",
    "measures without problem heading": """七、2012年工作打算
（一）<M>完善公开制度</M>。（二）<M>拓宽公开领域</M>。""",
}


def unmark(marked: str):
    """The text without its marks, and the points they mark as (kind, start, text)."""
    parts, truth, place, start = [], [], 0, 0
    for part in re.split(r"(</?[PM]>)", marked):
        if part in ("<P>", "<M>"):
            start = place
        elif part in ("</P>", "</M>"):
            truth.append(("problem" if "P" in part else "measure", start, "".join(parts)[start:place]))
        else:
            parts.append(part)
            place += len(part)
    return "".join(parts), truth


def found(text: str, **options):
    points = read_points(text, **options)
    assert all(text[p.start : p.start + len(p.text)] == p.text for p in points)
    return [(p.kind, p.start, p.text) for p in points]


REPORTS = Path(__file__).with_name("reports_truth.yml")
# Points right, missed and wrong: what is reached may only improve.
UNSEEN = {
    "first": (68, 0, 0),
    "second": (32, 1, 0),
    "sections_first": (129, 1, 1),
    "third": (14, 0, 0),
    "sections_second": (54, 0, 0),
    "sections_third": (77, 0, 0),
    "sections_fourth": (58, 0, 0),
    "sections_fifth": (40, 0, 0),
    "sections_sixth": (38, 0, 0),
    "sections_seventh": (32, 0, 1),
}


def unseen_sections(group: str):
    """The sections of reports_truth.yml that are read for points: heading, marked text, whether free."""
    for item in yaml.safe_load(REPORTS.read_text(encoding="utf-8"))[group]:
        if "sections" not in item:
            yield item["heading"], item["text"], False
        for section in item.get("sections", ()):
            if section["code"] == "problems" or item["form"] == "narrative":
                yield section.get("heading", ""), section["text"], section["code"] != "problems"


@pytest.mark.parametrize("group", UNSEEN)
def test_whole_reports(group):
    right, missed, wrong = 0, [], []
    for heading, marked, free in unseen_sections(group):
        text, _, truth = read_marked(marked)
        got = found(text, heading=heading, free=free)
        right += len(set(truth) & set(got))
        missed += [point for point in truth if point not in got]
        wrong += [point for point in got if point not in truth]
    assert right >= UNSEEN[group][0]
    assert len(missed) <= UNSEEN[group][1], missed
    assert len(wrong) <= UNSEEN[group][2], wrong


@pytest.mark.parametrize("name", SECTIONS)
def test_sections(name):
    text, truth = unmark(SECTIONS[name])
    assert found(text) == truth


@pytest.mark.parametrize("name", FREE)
def test_passages_of_narrative_reports(name):
    text, truth = unmark(FREE[name])
    assert found(text, free=True) == truth


def test_ordinals_restart_with_the_kind():
    points = read_points("存在问题：一是更新慢；二是人手少。改进措施：一是增人。")
    assert [(p.kind, p.ordinal, p.marker) for p in points] == [
        ("problem", 1, "一是"),
        ("problem", 2, "二是"),
        ("measure", 1, "一是"),
    ]


def test_the_heading_tells_the_kind():
    text = "（一）公开制度。按季更新。（二）公开渠道。开通微信。"
    assert {p.kind for p in read_points(text, heading="六、下一步工作打算")} == {"measure"}
    assert {p.kind for p in read_points(text, heading="五、存在的主要问题")} == {"problem"}


def test_nothing_said():
    assert read_points("") == ()
    assert read_points("无。") == ()


def test_a_mark_in_prose_is_none():
    assert (
        read_enumerations("统一是关键，第二十条规定，一是一、二是二") == []
        or len(read_enumerations("统一是关键。")) == 0
    )
    assert read_enumerations("公开12.5万条，3.6件。") == []


@pytest.mark.parametrize(
    "unit",
    [
        "公开信息工作开展情况",
        "一是公开不够；",
        "（一）1.一是",
        "首先公开，其次",
        "一方面公开，",
        "不够，下一步将",
        "“公开；",
        "（（",
        "存在着有",
        "\n",
    ],
)
def test_long_input_takes_its_time_only(unit):
    def seconds(size):
        began = time.perf_counter()
        read_points(unit * (size // len(unit)), free=True)
        read_points(unit * (size // len(unit)))
        return time.perf_counter() - began

    seconds(1000)
    assert seconds(120_000) < 16 * max(seconds(30_000), 0.02)


@pytest.mark.corpus
def test_corpus_passages(corpus: Path):
    right = missed = wrong = 0
    for path in sorted((corpus / "narratives").glob("*.json")):
        passage = json.loads(path.read_text(encoding="utf-8"))
        truth = {(p["kind"], p["ordinal"], p["start"], p["text"]) for p in passage["points"]}
        points = read_points(passage["text"], free=passage["section"] != "problems")
        got = {(p.kind, p.ordinal, p.start, p.text) for p in points}
        right, missed, wrong = right + len(truth & got), missed + len(truth - got), wrong + len(got - truth)
    assert (right, missed, wrong) == (22, 0, 0)


@pytest.mark.corpus
def test_corpus_reports(corpus: Path):
    for path in sorted((corpus / "truth").glob("*.points.json")):
        text = path.with_name(path.name.replace("points.json", "narrative.txt")).read_text(encoding="utf-8")
        start, end = text.rindex("\n五、"), text.rindex("\n六、")
        truth = {(p["kind"], p["order"], p["start"], p["text"]) for p in json.loads(path.read_text(encoding="utf-8"))}
        assert {(p.kind, p.ordinal, p.start + start, p.text) for p in read_points(text[start:end])} == truth
