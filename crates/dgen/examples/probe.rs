use dgen::*; use std::time::Instant;
fn best(buf:&mut [u8],mut f:impl FnMut(&mut [u8],u64))->f64{let reps=((1usize<<29)/buf.len()).max(1);let mut b=f64::MAX;for r in 0..5u64{let t=Instant::now();for i in 0..reps as u64{f(buf,(r*100000+i)*buf.len() as u64);std::hint::black_box(&buf[..]);}b=b.min(t.elapsed().as_secs_f64());}(reps*buf.len()) as f64/b/1e9}
fn main(){
 for sz in [256usize<<10,1<<20,32<<20]{ let mut v=vec![1u8;sz+4096];let o=(4096-(v.as_ptr() as usize%4096))%4096;let b=&mut v[o..o+sz];
  for k in kernel::Kernel::available(){ let lim=best(b,|b,i|kernel::store_limit(k,i,b)); print!("{} {}KiB limit {:.1}:",k.name(),sz>>10,lim);
   for (d,c) in [(1.,1.),(2.,1.),(10.,1.),(1.,1.3),(1.,2.),(1.,4.),(1.,10.),(1.,20.),(10.,10.),(2.,2.)]{ let r=Recipe::builder().seed(1).dedup_ratio(d).unwrap().compress_ratio(c).unwrap().build().unwrap(); let s=Stream::with_kernel(&r,k); print!(" {d}/{c} {:.1}",best(b,|b,i|s.fill_at(i,b).unwrap())); }
   if sz>1<<20 {let s=Stream::with_kernel(&Recipe::with_seed(1),k); print!(" | 2thr limit {:.1} fill {:.1}",best(b,|b,i|kernel::par_store_limit(k,i,b,2)),best(b,|b,i|s.par_fill_at(i,b,Some(2)).unwrap()));}
   println!(); } }
 let s=Stream::new(&Recipe::with_seed(1)).unwrap(); let s2=Stream::new(&"dgen1,seed=1,dedup=2,compress=2".parse().unwrap()).unwrap();
 for s in [&s,&s2]{ for n in [64usize,4096]{let mut b=vec![0u8;n];let mut x=1u64;let t=Instant::now();for _ in 0..1000000{x=x.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);s.fill_at(x>>1>>1,&mut b).unwrap();std::hint::black_box(&b[..]);}println!("{} B random: {:.0} ns",n,t.elapsed().as_nanos() as f64/1e6);}}
 let t=Instant::now(); for i in 0..100000u64{std::hint::black_box(Stream::new(&Recipe::with_seed(i)).unwrap());} println!("construct {:.2} us",t.elapsed().as_secs_f64()*1e6/1e5);
}
