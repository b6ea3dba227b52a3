// What ONNX Runtime computes: node run.js FOLDER, with onnxruntime-node in the folder MODULES/node_modules that
// PRUNELAB_ONNXRUNTIME names. FOLDER has NAME.onnx and images.json, {NAME: {shape: [N, C, H, W], values: [...]}}; the logits
// are printed as {NAME: {shape: [N, K], values: [...]}}.
const fs = require('fs');
const path = require('path');
const { createRequire } = require('module');
const ort = createRequire(path.join(path.resolve(process.env.PRUNELAB_ONNXRUNTIME), 'x.js'))('onnxruntime-node');

async function main(folder) {
  const images = JSON.parse(fs.readFileSync(path.join(folder, 'images.json')));
  const out = {};
  for (const [name, x] of Object.entries(images)) {
    try {
      const s = await ort.InferenceSession.create(path.join(folder, name + '.onnx'), { intraOpNumThreads: 1 });
      const y = (await s.run({ [s.inputNames[0]]: new ort.Tensor('float32', Float32Array.from(x.values), x.shape) }))[s.outputNames[0]];
      out[name] = { shape: y.dims, values: Array.from(y.data) };
    } catch (e) {
      throw new Error(name + ': ' + e.message);
    }
  }
  console.log(JSON.stringify(out));
}

main(process.argv[2]).catch((e) => { console.error(e.message); process.exit(1); });
