import java.io.FileInputStream;
import java.util.LinkedHashSet;
import java.util.Set;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/** Arguments: files. For each file and each of PDF/A-3a, PDF/UA-1 one line: flavour, file, verdict, broken clauses. */
public class V {
  public static void main(String[] files) throws Exception {
    VeraGreenfieldFoundryProvider.initialise();
    for (String file : files) {
      for (String name : new String[] {"3a", "ua1"}) {
        PDFAFlavour flavour = PDFAFlavour.fromString(name);
        try (PDFAParser parser = Foundries.defaultInstance().createParser(new FileInputStream(file), flavour);
            PDFAValidator validator = Foundries.defaultInstance().createValidator(flavour, false)) {
          ValidationResult result = validator.validate(parser);
          Set<String> broken = new LinkedHashSet<>();
          for (TestAssertion found : result.getTestAssertions())
            if (found.getStatus() == TestAssertion.Status.FAILED)
              broken.add(found.getRuleId().getClause() + "-" + found.getRuleId().getTestNumber());
          System.out.println(name + "\t" + file + "\t" + result.isCompliant() + "\t" + String.join(" ", broken));
        }
      }
    }
  }
}
