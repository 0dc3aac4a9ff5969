import asyncio, time
from botplatform.watching import Watch
def chain(c):
    while c is not None:
        fr=getattr(c,"cr_frame",None) or getattr(c,"gi_frame",None)
        print("    >", getattr(c,"__qualname__",c), fr and fr.f_lineno); c=getattr(c,"cr_await",None) or getattr(c,"gi_yieldfrom",None)
async def test_loop(servers, settings):
    async def take(e): pass
    slow=[]
    for i in range(300):
        w=Watch(f"g{i%5}", take); w.start()
        await asyncio.sleep((i%7)*0.0005)
        t=time.monotonic()
        s=asyncio.create_task(w.stop())
        done,_=await asyncio.wait({s},timeout=1)
        if not done:
            for task in asyncio.all_tasks():
                if task is not asyncio.current_task(): print(task.get_name()); chain(task.get_coro())
            await s
        d=time.monotonic()-t
        if d>0.2: slow.append((i,d))
    print("SLOW",slow)
