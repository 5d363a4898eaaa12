// Trains on a float[] and predicts, with the public API alone: no file, no table, no command line.
// Run it with: dotnet run -c Release --project samples/InMemory
using GpuPerceptron;
using GpuPerceptron.Models;

// Weights of cars in 1000 lbs, and whether the gearbox is manual (1) or automatic (0): R's mtcars, Motor Trend 1974.
float[] weights =
[
    2.62f, 2.875f, 2.32f, 3.215f, 3.44f, 3.46f, 3.57f, 3.19f, 3.15f, 3.44f, 3.44f, 4.07f, 3.73f, 3.78f, 5.25f, 5.424f,
    5.345f, 2.2f, 1.615f, 1.835f, 2.465f, 3.52f, 3.435f, 3.84f, 3.845f, 1.935f, 2.14f, 1.513f, 3.17f, 2.77f, 3.57f, 2.78f,
];
float[] manual = [1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1];

// One feature a sample; a matrix with more features is given row by row. The device is chosen by itself.
TrainingResult result = Trainer.Train(weights, manual, featureCount: 1, featureNames: ["weight"]);
PerceptronModel model = result.Model;

Console.WriteLine($"{result.StopReason} after {model.Training.Epochs} epochs, mean log-loss {model.Training.MeanLogLoss:f6}");
Console.WriteLine($"logit = {model.Raw.Weights[0]:f3} * weight + {model.Raw.Bias:f3}");
foreach (float weight in (float[])[2, 3, 4])
    Console.WriteLine($"a car of {weight * 1000:f0} lbs is manual with probability {model.Probability([weight]):f3}");

// The same file that 'gpuperceptron predict' and 'gpuperceptron inspect' read.
string path = Path.Combine(Path.GetTempPath(), "mtcars-model.json");
ModelFile.Save(model, path);
Console.WriteLine($"saved and read back: {ModelFile.Load(path).WeightsHash == model.WeightsHash}");
File.Delete(path);
